import { randomBytes } from 'node:crypto';
import { putInvite } from '../../store/invite.ts';
import type { Services } from '../services.ts';

const dayMs = 24 * 3_600_000;

/** A code that lets people sign up who are not on the list: `uses` accounts, for so many days. Shown here only. */
export async function invite(
  { store, clock }: Pick<Services, 'store' | 'clock'>,
  { uses, days }: { readonly uses: number; readonly days: number },
): Promise<string> {
  const code = randomBytes(12).toString('base64url');
  await putInvite(store, code, { uses, expiresAt: clock.now() + days * dayMs });
  return code;
}
