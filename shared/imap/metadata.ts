import { limits } from '../core/limits.ts';
import { memberOf } from '../core/outside-data.ts';
import type { LeanClient } from './lean-client.ts';
import { isRefusal } from './mail-fault.ts';
import { metadataEntries, responseCodeWords } from './metadata-response.ts';
import { rawCommand } from './raw-command.ts';
import { atom, quoted } from './tokens.ts';

/** IMAP METADATA (RFC 5464), which imapflow does not have. COI servers need not announce the capability. */

export type MetadataRefusal = {
  /**
   * `cannot`: the entry or its value is not taken (RFC 5530). `too-large`, `too-many`, `no-private`: the codes of RFC 5464;
   * `too-many` also for a quota or limit. `unavailable`: something behind the server did not answer. `unsupported`: there is
   * no such command. `refused`: any other NO.
   */
  readonly kind:
    | 'cannot'
    | 'too-large'
    | 'too-many'
    | 'no-private'
    | 'unavailable'
    | 'unsupported'
    | 'refused';
  /** What the server says to it, shortened. For us to compare, not to show: it may name an endpoint. */
  readonly text: string;
};

export type MetadataFound = {
  readonly kind: 'found';
  /** Values by their entry's name, as the server writes it. */
  readonly entries: ReadonlyMap<string, string>;
};

export type GetMetadataOptions = {
  /** How far below the named entries to look; only at them when left out. */
  readonly depth?: '1' | 'infinity';
  /** Values with more bytes than this are left out by the server. */
  readonly maxBytes?: number;
  /** A folder, in ASCII; the server itself when left out. */
  readonly mailbox?: string;
};

/** Entries that are not there are left out of what is found. What connecting throws is thrown. */
export async function getMetadata(
  client: LeanClient,
  names: readonly string[],
  options: GetMetadataOptions = {},
): Promise<MetadataFound | MetadataRefusal> {
  const mailbox = mailboxName(options.mailbox);
  const found = new Map<string, string>();
  let bytes = 0;
  const take = (attributes: unknown) => {
    for (const [name, value] of metadataEntries(attributes, mailbox)) {
      bytes += name.length + value.length;
      found.set(name, value);
    }
    // A server that sends without end is no server of metadata; the command fails with its connection.
    if (bytes > limits.metadataBytes || found.size > limits.metadataEntries) client.close();
  };
  const words = [
    ...(options.depth === undefined ? [] : [atom('DEPTH'), atom(options.depth)]),
    ...(options.maxBytes === undefined ? [] : [atom('MAXSIZE'), atom(String(options.maxBytes))]),
  ];
  const entries = names.map((name) => atom(entryName(name)));
  // The grammar of RFC 5464 has the options first, its examples have them last; Dovecot goes by the grammar.
  const attributes = [...(words.length === 0 ? [] : [words]), quoted(mailbox), entries];
  const refusal = await refusalOf(rawCommand(client, 'GETMETADATA', attributes, { METADATA: take }));
  return refusal ?? { kind: 'found', entries: found };
}

/** Sets one entry of the server itself; undefined removes it. What connecting throws is thrown. */
export async function setMetadata(
  client: LeanClient,
  name: string,
  value: string | undefined,
): Promise<{ readonly kind: 'done' } | MetadataRefusal> {
  // No string of IMAP can carry it, and literal8 is not everywhere.
  if (value?.includes('\0')) return { kind: 'cannot', text: '' };
  const pair = [atom(entryName(name)), value === undefined ? null : valueToken(value)];
  const command = rawCommand(client, 'SETMETADATA', [quoted(''), pair], {});
  return (await refusalOf(command)) ?? { kind: 'done' };
}

/** Short plain texts go quoted, all others as literals: those need a round trip where the server has no LITERAL+. */
function valueToken(value: string) {
  const isQuotable = /^[ -~]{0,500}$/.test(value);
  return isQuotable ? quoted(value) : { type: 'LITERAL', value: Buffer.from(value) };
}

/** RFC 5464 section 3.2: slash-separated, ASCII, without wildcards. A name that is not one is a fault of ours. */
function entryName(name: string): string {
  const isName = name.length <= 1000 && /^\/(?:private|shared)(?:\/[!-$&-)+-.0-~]+)+$/.test(name);
  if (!isName) throw new Error('this is no name of a METADATA entry');
  return name;
}

function mailboxName(mailbox = ''): string {
  if (!/^[ -%'-~]*$/.test(mailbox)) throw new Error('METADATA is asked for folders with plain names only');
  return mailbox;
}

async function refusalOf(command: Promise<void>): Promise<MetadataRefusal | undefined> {
  try {
    await command;
    return undefined;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const said = memberOf(error, 'responseText');
    const text = typeof said === 'string' ? said.slice(0, limits.refusalCharacters) : '';
    if (memberOf(error, 'responseStatus') === 'BAD') return { kind: 'unsupported', text };
    const [code = '', detail = ''] = responseCodeWords(memberOf(error, 'response'));
    return { kind: kinds[code === 'METADATA' ? `METADATA ${detail}` : code] ?? 'refused', text };
  }
}

const kinds: Readonly<Record<string, MetadataRefusal['kind']>> = {
  CANNOT: 'cannot',
  'METADATA MAXSIZE': 'too-large',
  'METADATA TOOMANY': 'too-many',
  'METADATA NOPRIVATE': 'no-private',
  LIMIT: 'too-many',
  OVERQUOTA: 'too-many',
  UNAVAILABLE: 'unavailable',
};
