import { Readable } from 'node:stream';
import { withDeadline } from '../core/deadline.ts';
import { limits } from '../core/limits.ts';
import type { Network } from '../net/connect.ts';
import { openSubmission, type Submission, type SubmissionLogin } from './open-submission.ts';
import { readSubmissionError } from './submission-fault.ts';

/**
 * How handing over a mail ended. `later`: the server has not taken it, trying again may help. `refused`: it will never take
 * it. `unknown`: all of it went out and no reply came, so it may be on its way; sending it again could deliver it twice.
 */
export type SubmitOutcome =
  | { readonly kind: 'accepted'; readonly accepted: readonly string[]; readonly refused: readonly string[] }
  | { readonly kind: 'later'; readonly code?: number }
  | { readonly kind: 'refused'; readonly code?: number }
  | { readonly kind: 'unknown' };

export type MailToSubmit = {
  /** Bare addresses: the envelope of RFC 5321, not the header. */
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: Buffer;
};

/**
 * Hands a mail to a submission server, all within one deadline. A recipient that the server refuses does not keep the
 * others from getting it.
 *
 * @throws Fault `login-refused`, `mail-host-unreachable` or `mail-host-forbidden`, all before any of the mail was sent
 */
export async function submitMail(
  login: SubmissionLogin,
  network: Network,
  mail: MailToSubmit,
  options: { readonly deadlineMs: number },
): Promise<SubmitOutcome> {
  const startedAt = performance.now();
  const submission = await openSubmission(login, network, options.deadlineMs);
  const remainingMs = options.deadlineMs - (performance.now() - startedAt);
  return handOver(submission, mail, remainingMs);
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
  const envelope = { from, to: [...to], size: raw.length, use8BitMime: raw.some((byte) => byte > 127) };
  return new Promise((resolve, reject) => {
    connection.on('error', reject);
    connection.send(envelope, source, (failure, info) => {
      if (failure || info === undefined) return reject(failure ?? new Error('no result'));
      resolve({ kind: 'accepted', accepted: info.accepted, refused: info.rejected });
    });
  });
}
