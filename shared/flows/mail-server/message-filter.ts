import { Fault } from '../../core/faults.ts';
import type { MailSession } from '../../imap/mail-session.ts';
import type { Account, AccountSettings } from '../../store/items.ts';
import { getWatch, setFiled } from '../../store/watch.ts';
import { changeAccount } from '../accounts/change-account.ts';
import { openMailbox } from '../mailbox/open-mailbox.ts';
import type { Services } from '../services.ts';
import { lookAnew } from '../watch/look-anew.ts';
import { writeCoiFilter } from './coi-server.ts';

/**
 * Sets what is to happen to chat mails in INBOX. A COI server does it by itself, and is told; at all others we do it from
 * now on, with the mails that come. The setting is stored when everything else is done.
 *
 * @throws Fault `limit-reached` or `conflict` where the server refuses, or what connecting throws; nothing is stored then
 */
export async function changeMessageFilter(
  services: Services,
  account: Account,
  filter: AccountSettings['messageFilter'],
): Promise<Account> {
  if (filter !== 'none' || account.capabilities.coi) {
    const session = await openMailbox(services, account);
    try {
      if (session.capabilities.coi) {
        await writeCoiFilter(session, filter, { keepEnabled: account.serverPushKey !== undefined });
      } else if (filter !== 'none') {
        await prepareFiling(services, account, session);
      }
    } finally {
      session.close();
    }
  }
  const changed = await changeAccount(services, account.id, (stored) =>
    stored.settings.messageFilter === filter
      ? stored
      : { ...stored, settings: { ...stored.settings, messageFilter: filter } },
  );
  // Whoever watches the account learns of it now.
  await lookAnew(services, account.id);
  return changed;
}

async function prepareFiling(services: Services, account: Account, session: MailSession): Promise<void> {
  if (session.moving === 'never') {
    throw new Fault(
      'conflict',
      'Your mail server cannot move single mails: it has neither MOVE nor UIDPLUS. The setting stays as it was.',
    );
  }
  await session.createFolder(['COI', 'Chats']);
  await session.createFolder(['COI', 'Contacts']);
  const watch = await getWatch(services.store, account.id);
  if (account.settings.messageFilter !== 'none' && watch?.filed !== undefined) return;
  const { uidValidity, uidNext } = await session.open('INBOX', 'read');
  await setFiled(services.store, account.id, {
    uidValidity,
    uidNext: uidNext ?? (await session.highestUid()) + 1,
  });
}
