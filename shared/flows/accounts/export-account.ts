import { limits } from '../../core/limits.ts';
import { type ExportPage, type ExportPosition, listAccountItems } from '../../store/export-account.ts';
import type { Account } from '../../store/items.ts';
import { mailConversationId } from '../receive/message-of-mail.ts';
import type { Services } from '../services.ts';

/** A page of everything stored of an account: what belongs to it as a whole first, then its messages. */
export function exportAccount(
  { store, clock }: Pick<Services, 'store' | 'clock'>,
  account: Account,
  from: ExportPosition | undefined,
): Promise<ExportPage> {
  return listAccountItems(store, account.id, from, {
    unlisted: [mailConversationId],
    enough: limits.exportPageCharacters,
    now: clock.now(),
  });
}
