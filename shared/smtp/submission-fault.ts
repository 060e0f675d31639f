import { DeadlineExceeded } from '../core/deadline.ts';
import { Fault } from '../core/faults.ts';
import { arrayOf, memberOf } from '../core/outside-data.ts';
import { connectionProblem } from '../net/connection-problem.ts';

/** What nodemailer tells of a failure; each may be missing. */
export type SubmissionError = {
  readonly code: string | undefined;
  /** The code of the system's own error, where nodemailer put its own over it. */
  readonly originalCode: string | undefined;
  /** The reply code of the server (RFC 5321 section 4.2), when it was a reply that failed. */
  readonly responseCode: number | undefined;
};

export function readSubmissionError(error: unknown): SubmissionError {
  const member = (name: string): unknown => (error instanceof Error ? Reflect.get(error, name) : undefined);
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  const responseCode = member('responseCode');
  return {
    code: text(member('code')),
    originalCode: text(member('originalCode')),
    responseCode: typeof responseCode === 'number' ? responseCode : undefined,
  };
}

/** The reply code that each refused recipient got, from what nodemailer tells of a mail or of its failure. */
export function rejectionsIn(told: unknown): ReadonlyMap<string, number> {
  const errors = arrayOf(memberOf(told, 'rejectedErrors'));
  return new Map(
    errors.flatMap((error) => {
      const [recipient, code] = [memberOf(error, 'recipient'), readSubmissionError(error).responseCode];
      return typeof recipient === 'string' && code !== undefined ? [[recipient, code]] : [];
    }),
  );
}

/** What goes wrong before a mail is handed over, as something a caller can act on. */
export function submissionFault(error: unknown): Fault {
  if (error instanceof Fault) return error;
  const { code, originalCode, responseCode = 0 } = readSubmissionError(error);
  if (code === 'EADDRFORBIDDEN' || originalCode === 'EADDRFORBIDDEN') {
    return new Fault('mail-host-forbidden', 'That mail server address is not allowed here.', {
      cause: error,
    });
  }
  if (code === 'EAUTH' && commandUnknown.includes(responseCode)) {
    return new Fault(
      'mail-host-unreachable',
      'The server takes no login on this port. Check port and TLS of the submission server.',
      { cause: error },
    );
  }
  // A 4xx reply to AUTH is no verdict on the password (RFC 4954 section 6).
  if (code === 'EAUTH' && responseCode >= 500) {
    return new Fault(
      'login-refused',
      'The submission server refused user name and password. Many providers want an app password here, or SMTP switched on.',
      { cause: error },
    );
  }
  return new Fault(
    'mail-host-unreachable',
    error instanceof DeadlineExceeded || code === 'ETIMEDOUT'
      ? 'The submission server takes too long to answer. Check host, port and TLS, or try again later.'
      : (connectionProblem(originalCode ?? code) ??
          'The submission server cannot be reached or broke off. Check host, port and TLS, or try again later.'),
    { cause: error },
  );
}

/** Unknown, not implemented, or not now: RFC 5321 section 4.2.2. */
const commandUnknown: readonly number[] = [500, 502, 503];
