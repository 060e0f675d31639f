import type { Network } from '../net/connect.ts';
import { openSubmission, type SubmissionLogin } from './open-submission.ts';

/**
 * Proves that a login works at a submission server, without sending anything.
 *
 * @throws Fault `login-refused`, `mail-host-unreachable` or `mail-host-forbidden`
 */
export async function verifySubmission(
  login: SubmissionLogin,
  network: Network,
  options: { readonly deadlineMs: number },
): Promise<void> {
  const submission = await openSubmission(login, network, options.deadlineMs);
  submission.end();
}
