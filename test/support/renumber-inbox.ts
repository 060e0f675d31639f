import { listConversations } from '../../shared/store/conversation.ts';
import type { Account } from '../../shared/store/items.ts';
import { listMessages, setMessagePlace } from '../../shared/store/message.ts';
import { moveCursor } from '../../shared/store/watch.ts';
import type { ApiHost } from './api-host.ts';
import { watchOf } from './watched-account.ts';

/** Makes the table look as if INBOX had another UIDVALIDITY when it was looked at last. */
export async function renumberInbox(
  { services }: Pick<ApiHost, 'services'>,
  account: Account,
): Promise<void> {
  const { store, clock } = services;
  const from = (await watchOf({ services }, account)).folders['INBOX'];
  if (from === undefined) throw new Error('INBOX has no cursor');
  const before = (uidValidity: number) => uidValidity - 1;
  const to = { ...from, uidValidity: before(from.uidValidity) };
  await moveCursor(store, account.id, 'INBOX', from, to);
  for (const { id } of await listConversations(store, account.id, clock.now())) {
    const page = { limit: 500, before: undefined, now: clock.now() };
    for (const message of (await listMessages(store, account.id, id, page)).messages) {
      if (message.place?.folder !== 'INBOX') continue;
      const { place } = message;
      await setMessagePlace(store, message, { ...place, uidValidity: before(place.uidValidity) });
    }
  }
}
