import { parseAddresses } from '../../coi/addresses.ts';
import { limits } from '../../core/limits.ts';
import type { MailSession } from '../../imap/mail-session.ts';
import type { Account, UnprovenAlias } from '../../store/items.ts';
import { openMailbox } from '../mailbox/open-mailbox.ts';
import type { Services } from '../services.ts';

/** Where nothing is delivered to. Of what lies there, its owner put or sent it there. */
const ownRoles: readonly string[] = ['sent', 'drafts', 'trash', 'contacts'];

/**
 * Those whose mail came back to the mailbox within some seconds, still from the alias: a server that writes another sender
 * over it lets nobody write as the alias. What was found is deleted.
 *
 * @throws Fault when the mailbox cannot be looked into
 */
export async function findAliasProofs(
  services: Services,
  account: Account,
  unproven: readonly UnprovenAlias[],
): Promise<readonly UnprovenAlias[]> {
  const { clock } = services;
  const until = clock.now() + limits.aliasWaitMs;
  const session = await openMailbox(services, account);
  try {
    const proven = new Set<UnprovenAlias>();
    for (;;) {
      for (const each of unproven)
        if (!proven.has(each) && (await hasComeBack(session, each))) proven.add(each);
      if (proven.size === unproven.length || clock.now() >= until) return [...proven];
      await clock.sleep(limits.aliasLookMs);
    }
  } finally {
    session.close();
  }
}

async function hasComeBack(session: MailSession, { address, messageId }: UnprovenAlias): Promise<boolean> {
  const folders = (await session.listFolders()).filter(({ role }) => !ownRoles.includes(role));
  for (const { path } of folders.slice(0, limits.aliasFolders)) {
    await session.open(path, 'write');
    const uids = await session.searchMessageId(messageId);
    const mails = uids.length === 0 ? [] : await session.fetchEach(uids);
    const isFromAlias = mails.some(
      ({ header }) => parseAddresses(header.first('from') ?? '')[0]?.address === address,
    );
    if (uids.length > 0) await session.deleteMails(uids);
    if (isFromAlias) return true;
  }
  return false;
}
