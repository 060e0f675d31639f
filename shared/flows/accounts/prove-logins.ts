import { Fault } from '../../core/faults.ts';
import { limits } from '../../core/limits.ts';
import { openMailSession } from '../../imap/mail-session.ts';
import { verifySubmission } from '../../smtp/verify-submission.ts';
import type { HostSettings } from '../../store/items.ts';
import { readServerFacts, type ServerFacts } from '../mail-server/server-facts.ts';
import type { Services } from '../services.ts';
import { type Credentials, mailLogin, secretOf } from './credentials.ts';

/**
 * Logs in to both mail servers, and out again. One after the other: providers count refused logins, and a wrong password
 * should cost the user one of them. A host that is left alone is asked all the same: a person waits, who named it just now.
 *
 * @returns what the IMAP server told of itself
 * @throws Fault `login-refused`, `mail-host-unreachable` or `mail-host-forbidden`, with the field `imap` or `smtp`
 */
export async function proveLogins(
  services: Pick<Services, 'guard' | 'trust'>,
  hosts: { readonly imap: HostSettings; readonly smtp: HostSettings },
  credentials: Credentials,
): Promise<ServerFacts> {
  const network = { guard: services.guard, trust: services.trust };
  const secret = secretOf(credentials);
  const facts = await namingField('imap', async () => {
    const session = await openMailSession(mailLogin(hosts.imap, secret), network, {
      deadlineMs: limits.signInProofMs,
    });
    try {
      return await readServerFacts(session);
    } finally {
      session.close();
    }
  });
  await namingField('smtp', () =>
    verifySubmission(mailLogin(hosts.smtp, secret), network, { deadlineMs: limits.signInProofMs }),
  );
  return facts;
}

/** Tells which of the two settings a fault is about. */
async function namingField<T>(field: 'imap' | 'smtp', work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Fault) || error.fields.length > 0) throw error;
    throw new Fault(error.code, error.message, {
      cause: error,
      fields: [{ field, message: error.message }],
      retryAfterSeconds: error.retryAfterSeconds,
    });
  }
}
