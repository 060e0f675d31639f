import type { Readable } from 'node:stream';
import { withDeadline } from '../core/deadline.ts';
import { Fault } from '../core/faults.ts';
import type { Network } from '../net/connect.ts';
import { MailSource } from './mail-source.ts';
import { openSubmission, type Submission, type SubmissionLogin } from './open-submission.ts';
import type { TokenPair } from './stoken-connection.ts';
import { readSubmissionError, rejectionsIn } from './submission-fault.ts';

export type { TokenPair };

/**
 * How handing over a mail ended. `accepted`: for those recipients, and for the others there are `later` and `refused`.
 * `later`: the server has not taken it, trying again may help, but for those in `refused`. `refused`: it will never take it.
 * `unknown`: all of it went out and no reply came, so it may be on its way; sending it again could deliver it twice.
 * `overtaken`: not sent, because the caller said at the last moment that it is no longer its turn.
 */
export type SubmitOutcome =
  | {
      readonly kind: 'accepted';
      readonly accepted: readonly string[];
      /** 5xx: for good (RFC 5321 section 4.2.1). */
      readonly refused: readonly string[];
      /** 4xx: trying again may help. */
      readonly later: readonly string[];
      readonly code?: number;
      /** The Message-ID that the server says it gave the mail in place of its own. */
      readonly serverMessageId?: string;
    }
  | { readonly kind: 'later'; readonly code?: number; readonly refused?: readonly string[] }
  | { readonly kind: 'refused'; readonly code?: number }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'overtaken' };

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
  /**
   * Called when all but the end of the mail's data has been handed on, and waited for: until it resolves, the server cannot
   * have the mail, whatever happens to this process or its connection. With `stop`, or an error, the end is never sent.
   *
   * @param notTaken whom the server did not take: whatever comes, they do not get it by this try
   */
  readonly beforeEnd?: (notTaken: NotTaken) => Promise<'go' | 'stop'>;
};

/** Recipients whom a server did not take: for good (5xx), or for now (4xx). */
export type NotTaken = { readonly refused: readonly string[]; readonly later: readonly string[] };

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
  const { tokensFor: _tokensFor, ...withoutTokens } = mail;
  const second = submitMail(login, network, { ...withoutTokens, to: left }, { deadlineMs: remainingMs() });
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
    case 'overtaken':
      return [];
  }
}

/** What became of a mail in both tries. Once somebody has got it, it is sent, and never again as a whole. */
function together(first: SubmitOutcome, second: SubmitOutcome, left: readonly string[]): SubmitOutcome {
  if (first.kind !== 'accepted') return second;
  const both = second.kind === 'accepted' ? second : undefined;
  const putOff = second.kind === 'later' ? left.filter((each) => !second.refused?.includes(each)) : [];
  const later = [...(both?.later ?? []), ...putOff];
  const accepted = [...first.accepted, ...(both?.accepted ?? [])];
  const gone = first.refused.filter((recipient) => !left.includes(recipient));
  // Where the second try ended as nobody knows, they count as refused: it is not to reach them twice.
  const refused = [...gone, ...left.filter((each) => !accepted.includes(each) && !later.includes(each))];
  const { code: firstCode, ...rest } = first;
  const code = ('code' in second ? second.code : undefined) ?? firstCode;
  const isAnyOut = refused.length + first.later.length + later.length > 0;
  return {
    ...{ ...rest, accepted, refused, later: [...first.later, ...later] },
    ...(isAnyOut && code !== undefined ? { code } : {}),
  };
}

async function handOver(
  submission: Submission,
  mail: MailToSubmit,
  deadlineMs: number,
): Promise<SubmitOutcome> {
  const { raw, beforeEnd } = mail;
  const source = new MailSource(
    raw,
    beforeEnd && (() => beforeEnd(notTakenOf(submission.connection.rejections))),
  );
  try {
    const outcome = await withDeadline(send(submission, mail, source.stream), deadlineMs, 'submission');
    submission.end();
    return outcome;
  } catch (error) {
    source.stop();
    submission.abandon();
    if (source.isStopped) return { kind: 'overtaken' };
    const { code, responseCode } = readSubmissionError(error);
    if (responseCode !== undefined) return refusalOf(responseCode, rejectionsIn(error));
    if (source.isAllRead) return { kind: 'unknown' };
    return { kind: code !== undefined && ownRefusals.includes(code) ? 'refused' : 'later' };
  }
}

/** nodemailer refuses these itself: an address that fits no envelope, a mail above the SIZE the server announced. */
const ownRefusals: readonly string[] = ['EENVELOPE', 'EMESSAGE'];

function send({ connection }: Submission, mail: MailToSubmit, source: Readable): Promise<SubmitOutcome> {
  const { from, to, raw } = mail;
  const use8BitMime = raw.some((byte) => byte > 127);
  // RFC 6152 section 3: such a mail would have to be encoded anew, and it is not ours to change.
  if (use8BitMime && !connection.extensions.has('8BITMIME')) return Promise.resolve({ kind: 'refused' });
  const envelope = { from, to: [...to], size: raw.length, use8BitMime };
  return new Promise((resolve, reject) => {
    connection.on('error', reject);
    connection.send(envelope, source, (failure, info) => {
      if (failure || info === undefined) return reject(failure ?? new Error('no result'));
      const { accepted, rejected, serverMessageId } = info;
      const rejections = rejectionsIn(info);
      const codes = [...rejections.values()];
      const code = codes.find((each) => each < 500) ?? codes[0];
      // With tokens, the mail itself can be refused for each recipient.
      if (accepted.length === 0) return resolve(refusalOf(code ?? 0, rejections));
      const later = rejected.filter((recipient) => (rejections.get(recipient) ?? 500) < 500);
      resolve({
        ...{ kind: 'accepted', accepted, later },
        refused: rejected.filter((recipient) => !later.includes(recipient)),
        ...(code === undefined ? {} : { code }),
        ...(serverMessageId === undefined ? {} : { serverMessageId }),
      });
    });
  });
}

function notTakenOf(rejections: ReadonlyMap<string, number>): NotTaken {
  const all = [...rejections];
  return {
    refused: all.filter(([, code]) => code >= 500).map(([recipient]) => recipient),
    later: all.filter(([, code]) => code < 500).map(([recipient]) => recipient),
  };
}

/** Nobody got it. While it may still reach somebody, those are told apart whom it will never reach. */
function refusalOf(code: number, rejections: ReadonlyMap<string, number>): SubmitOutcome {
  if (code >= 500) return { kind: 'refused', code };
  const refused = [...rejections].filter(([, each]) => each >= 500).map(([recipient]) => recipient);
  return refused.length === 0 ? { kind: 'later', code } : { kind: 'later', code, refused };
}
