import { Fault } from '../../core/faults.ts';
import { getInvite } from '../../store/invite.ts';
import type { Account } from '../../store/items.ts';
import type { Services } from '../services.ts';
import { admits } from './admission-list.ts';

/** `list`: the setting names the address or its domain. `invite`: it came with a code, now or when its account was made. */
export type AdmittedBy = 'list' | 'invite';

/**
 * Whether somebody may sign in, before any mail server is asked.
 *
 * @throws Fault `not-admitted`
 */
export async function admittedBy(
  { admission, store, clock }: Pick<Services, 'admission' | 'store' | 'clock'>,
  email: string,
  inviteCode: string | undefined,
  known: Account | undefined,
): Promise<AdmittedBy> {
  if (admits(admission, email)) return 'list';
  if (known?.isInvited) return 'invite';
  const invite = inviteCode === undefined ? undefined : await getInvite(store, inviteCode, clock.now());
  if (invite === undefined) throw notAdmitted();
  return 'invite';
}

/** The same for an address that is unknown here and for one that is known and gave a wrong password. */
export function notAdmitted(): Fault {
  return new Fault(
    'not-admitted',
    'This service does not admit that address, or its invitation is used up. Ask whoever runs it to let you in.',
  );
}
