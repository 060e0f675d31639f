import { isRecord } from '../../../shared/core/outside-data.ts';
import { canaryPasswords, canaryWord } from '../canaries.ts';

/**
 * What must not be in a log, by what it looks like. A line of the log is held to more: it has the fields of this list and no
 * others, and their values are ids, codes, numbers and places in the code. A new field is added here after a look at it.
 *
 * @returns what was found, in words; nothing for a clean line
 */
export function leaksIn(line: string): string[] {
  const found = looks.flatMap(({ what, pattern, unless }) =>
    [...line.matchAll(pattern)].some(([text]) => unless?.test(text) !== true) ? [what] : [],
  );
  return [...found, ...strangeFieldsIn(line)];
}

type Look = { readonly what: string; readonly pattern: RegExp; readonly unless?: RegExp };

const looks: readonly Look[] = [
  { what: 'an address or a Message-ID', pattern: /[\w.+$%'*=-]+@(?:[a-z\d-]+\.)+[a-z]{2,}(?![\w/])/gi },
  { what: 'a Message-ID', pattern: /<[^<>@\s]+@[^<>@\s]+>/g },
  {
    what: 'a URL with a path, as endpoints have',
    pattern: /\bhttps?:\/\/[^\s"'<>/]+\/[^\s"'<>)]+/gi,
    // What Node, the AWS SDK and the service itself point people to.
    unless: /^https:\/\/(?:a\.co|nodejs\.org)\/|^http:\/\/(?:localhost|127\.0\.0\.1):\d+\/docs$/,
  },
  { what: 'a session token', pattern: /[\w-]{1,64}\.[\w-]{22}\.[\w-]{43}(?![\w-])/g },
  { what: 'a bearer token', pattern: /\bBearer\s+\S{8,}/gi },
  { what: 'a JWT', pattern: /\beyJ[\w-]{8,}\.[\w-]+/g },
  // Keys, secrets and tokens: 32 bytes and more. Ids have fewer, and UUIDs no upper case.
  {
    what: 'a key or a token in base64url',
    pattern: /(?<![\w/.-])(?=[\w-]*[A-Z])(?=[\w-]*[a-z])(?=[\w-]*\d)[\w-]{40,}/g,
  },
  { what: 'a password of a test', pattern: new RegExp(canaryPasswords.join('|'), 'gi') },
  { what: 'a subject or a body', pattern: new RegExp(canaryWord, 'gi') },
];

/** Of log lines. A metric's line has its own form (CloudWatch's embedded metric format), anything else none. */
function strangeFieldsIn(line: string): string[] {
  const entry = parsed(line);
  if (!isRecord(entry) || typeof entry['event'] !== 'string') return [];
  return Object.entries(entry).flatMap(([name, value]) => {
    if (!fields.has(name)) return [`a field that is not known: ${name}`];
    return typeof value === 'string' && !(shapes[name] ?? code).test(value)
      ? [`a text in the field ${name}`]
      : [];
  });
}

function parsed(line: string): unknown {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

const code = /^[\w.:-]{0,64}$/;
/** Fields whose values are longer, or of other characters. */
const shapes: Readonly<Record<string, RegExp>> = {
  route: /^[\w/.:*{}-]{0,80}$/,
  // Where in the code something broke.
  at: /^(?:at [\w./:<>()[\]#$@ -]*\s*)*$/,
};

const fields: ReadonlySet<string> = new Set([
  ...['level', 'time', 'event', 'at'],
  // Whose, and which: own ids.
  ...[
    'account',
    'worker',
    'id',
    'host',
    'partition',
    'generation',
    'queue',
    'route',
    'role',
    'method',
    'port',
  ],
  // What became of it.
  ...['cause', 'code', 'error', 'outcome', 'reason', 'state', 'status', 'step'],
  // How many, how large, how often, how long.
  ...[
    'accounts',
    'attempts',
    'bytes',
    'failedPartitions',
    'failures',
    'lagMs',
    'mails',
    'ms',
    'openings',
    'partitions',
  ],
  ...['polls', 'receives', 'requeued', 'stretch', 'unreadableItems', 'waiting'],
]);
