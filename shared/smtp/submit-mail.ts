import { Readable } from 'node:stream';
import { withDeadline } from '../core/deadline.ts';
import { Fault } from '../core/faults.ts';
import { limits } from '../core/limits.ts';
import type { Network } from '../net/connect.ts';
import { openSubmission, type Submission, type SubmissionLogin } from './open-submission.ts';
import type { TokenPair } from './stoken-connection.ts';
import { readSubmissionError } from './submission-fault.ts';

export type { TokenPair };

/**
 * How handing over a mail ended. `later`: the server has not taken it, trying again may help. `refused`: it will never take
 * it. `unknown`: all of it went out and no reply came, so it may be on its way; sending it again could deliver it twice.
 */
export type SubmitOutcome =
  | { readonly kind: 'accepted'; readonly accepted: readonly string[]; readonly refused: readonly string[] }
  | { readonly kind: 'later'; readonly code?: number }
  | { readonly kind: 'refused'; readonly code?: number }
  | { readonly kind: 'unknown' };

/** What was learnt of submission tokens; undefined where none was used. */
export type TokenNews = {
  /** Tokens that the server does not take, by recipient. */
  readonly refused: ReadonlyMap<string, TokenPair>;
  /** Newer tokens for mail to these recipients. */
  readonly given: ReadonlyMap<string, string>;
};

export type Submitted = SubmitOutcome & { readonly tokens?: TokenNews };

export type MailToSubmit = {
  /** Bare addresses: the envelope of RFC 5321, not the header. */
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: Buffer;
  /** Submission tokens of these recipients; asked for only where the server takes any. */
  readonly tokensFor?: (recipients: readonly string[]) => Promise<ReadonlyMap<string, TokenPair>>;
};

/**
 * Hands a mail to a submission server, all within one deadline. A recipient that the server refuses does not keep the
 * others from getting it, and those whose submission token it refuses get the mail without.
 *
 * @throws Fault `login-refused`, `mail-host-unreachable` or `mail-host-forbidden`, all before any of the mail was sent
 */
export async function submitMail(
  login: SubmissionLogin,
  network: Network,
  mail: MailToSubmit,
  options: { readonly deadlineMs: number },
): Promise<Submitted> {
  const startedAt = performance.now();
  const remainingMs = () => options.deadlineMs - (performance.now() - startedAt);
  const submission = await openSubmission(login, network, options.deadlineMs);
  const used = await tokensToUse(submission, mail);
  const outcome = await handOver(submission, mail, remainingMs());
  if (used.size === 0) return outcome;
  const { refused, given } = submission.connection;
  const tokens = { refused: new Map([...used].filter(([recipient]) => refused.has(recipient))), given };
  const left = recipientsLeft(outcome, mail, tokens);
  if (left.length === 0) return { ...outcome, tokens };
  const withoutTokens = { from: mail.from, to: left, raw: mail.raw };
  const second = submitMail(login, network, withoutTokens, { deadlineMs: remainingMs() });
  return { ...together(outcome, await second.catch(laterForFault), left), tokens };
}

async function tokensToUse(
  { connection, abandon }: Submission,
  { to, tokensFor }: MailToSubmit,
): Promise<ReadonlyMap<string, TokenPair>> {
  if (tokensFor === undefined || !connection.extensions.has('STOKEN')) return new Map();
  try {
    const tokens = await tokensFor(to);
    connection.useTokens(tokens);
    return tokens;
  } catch (error) {
    abandon();
    throw error;
  }
}

function laterForFault(error: unknown): SubmitOutcome {
  if (error instanceof Fault) return { kind: 'later' };
  throw error;
}

/** Who is to get the mail in a second try without tokens. */
function recipientsLeft(
  outcome: SubmitOutcome,
  mail: MailToSubmit,
  { refused }: TokenNews,
): readonly string[] {
  switch (outcome.kind) {
    case 'accepted':
      return outcome.refused.filter((recipient) => refused.has(recipient));
    case 'refused':
      // Nobody got it: because of a token, or because the server knows SYNC in EHLO alone (RFC 5321 section 4.1.1.11).
      return refused.size > 0 || [501, 504, 555].includes(outcome.code ?? 0) ? mail.to : [];
    case 'later':
    case 'unknown':
      return [];
  }
}

/** What became of a mail in both tries. Once somebody has got it, it is sent, and never again as a whole. */
function together(first: SubmitOutcome, second: SubmitOutcome, left: readonly string[]): SubmitOutcome {
  if (first.kind !== 'accepted') return second;
  const accepted = second.kind === 'accepted' ? second.accepted : [];
  const gone = first.refused.filter((recipient) => !left.includes(recipient));
  const refused = [...gone, ...left.filter((recipient) => !accepted.includes(recipient))];
  return { kind: 'accepted', accepted: [...first.accepted, ...accepted], refused };
}

async function handOver(
  submission: Submission,
  mail: MailToSubmit,
  deadlineMs: number,
): Promise<SubmitOutcome> {
  // Read only after the server's go-ahead; the final dot follows its end, never comes before it.
  const source = Readable.from(pieces(mail.raw), { objectMode: false });
  let allRead = false;
  source.once('end', () => {
    allRead = true;
  });
  try {
    const outcome = await withDeadline(send(submission, mail, source), deadlineMs, 'submission');
    submission.end();
    return outcome;
  } catch (error) {
    submission.abandon();
    const { code, responseCode } = readSubmissionError(error);
    if (responseCode !== undefined) {
      return { kind: responseCode >= 500 ? 'refused' : 'later', code: responseCode };
    }
    if (allRead) return { kind: 'unknown' };
    return { kind: code !== undefined && ownRefusals.includes(code) ? 'refused' : 'later' };
  }
}

/** Taken piece by piece, as the connection takes them: in one piece, all would count as sent at once. */
function* pieces(raw: Buffer): Generator<Buffer> {
  for (let start = 0; start < raw.length; start += limits.smtpPieceBytes) {
    yield raw.subarray(start, start + limits.smtpPieceBytes);
  }
}

/** nodemailer refuses these itself: an address that fits no envelope, a mail above the SIZE the server announced. */
const ownRefusals: readonly string[] = ['EENVELOPE', 'EMESSAGE'];

function send(
  { connection }: Submission,
  { from, to, raw }: MailToSubmit,
  source: Readable,
): Promise<SubmitOutcome> {
  const use8BitMime = raw.some((byte) => byte > 127);
  // RFC 6152 section 3: such a mail would have to be encoded anew, and it is not ours to change.
  if (use8BitMime && !connection.extensions.has('8BITMIME')) return Promise.resolve({ kind: 'refused' });
  const envelope = { from, to: [...to], size: raw.length, use8BitMime };
  return new Promise((resolve, reject) => {
    connection.on('error', reject);
    connection.send(envelope, source, (failure, info) => {
      if (failure || info === undefined) return reject(failure ?? new Error('no result'));
      const { accepted, rejected, rejectedErrors = [] } = info;
      if (accepted.length > 0) return resolve({ kind: 'accepted', accepted, refused: rejected });
      // With tokens, the mail itself can be refused for each recipient.
      const codes = rejectedErrors.map((error) => error.responseCode ?? 0);
      const code = codes.find((each) => each < 500) ?? codes[0] ?? 0;
      resolve({ kind: code >= 500 ? 'refused' : 'later', code });
    });
  });
}
