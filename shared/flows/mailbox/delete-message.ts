import { foldEvents } from '../../coi/fold-events.ts';
import { Fault } from '../../core/faults.ts';
import { limits } from '../../core/limits.ts';
import { getConversation } from '../../store/conversation.ts';
import { forgetMessage } from '../../store/forget-message.ts';
import type { Account, Message } from '../../store/items.ts';
import { getMessage, listMessages } from '../../store/message.ts';
import { tellNews } from '../changes/tell-news.ts';
import { recordMessages } from '../receive/record-messages.ts';
import type { Services } from '../services.ts';
import { locateMail } from './locate-mail.ts';
import { unfiledMail } from './unfiled-mail.ts';

/**
 * Deletes a message for its owner: its mail goes to Trash, or where there is none is removed alone, and so do the mails of
 * its edits, which would else stand in for it. Then what is stored of them is forgotten. Nobody else is told.
 *
 * @throws Fault `conflict` while the message is being sent or filed, or what connecting to the mailbox throws; then nothing
 * is forgotten
 */
export async function deleteMessage(services: Services, account: Account, message: Message): Promise<void> {
  const isOnItsWay = message.outgoing === 'queued' || message.outgoing === 'sending';
  if (isOnItsWay || (await unfiledMail(services, account, message)) !== undefined) {
    const text = 'This message is on its way out still. Delete it once it was sent.';
    throw new Fault('conflict', text, { retryAfterSeconds: 60 });
  }
  const all = [message, ...(await editsOf(services, message))];
  for (const each of all) await moveToTrash(services, account, each);
  const places = new Set<string>();
  for (const each of all) {
    for (const conversationId of await placesOf(services, each)) {
      await forgetMessage(services.store, { ...each, conversationId });
      places.add(conversationId);
    }
  }
  for (const id of places) {
    const conversation = await getConversation(services.store, account.id, id, services.clock.now());
    if (conversation !== undefined) await recordMessages(services, account, conversation, []);
  }
  await tellNews(services, account.id);
}

async function editsOf({ store, clock }: Services, message: Message): Promise<Message[]> {
  const page = { limit: limits.replayMessages, before: undefined, now: clock.now() };
  const { messages } = await listMessages(store, message.accountId, message.conversationId, page);
  const { applied } = foldEvents(messages.reverse());
  return messages.filter(({ key, event }) => event?.kind === 'edit' && applied.get(key)?.key === message.key);
}

/** A mail that is gone already needs nothing. */
async function moveToTrash(services: Services, account: Account, message: Message): Promise<void> {
  const located = await locateMail(services, account, message).catch((error: unknown) => {
    if (error instanceof Fault && error.code === 'not-found') return undefined;
    throw error;
  });
  if (located === undefined) return;
  const { session, mail } = located;
  try {
    const trash = (await session.listFolders()).find(({ role }) => role === 'trash');
    await session.open(mail.folder, 'write');
    if (trash === undefined || trash.path === mail.folder) await session.deleteMails([mail.uid]);
    else await session.moveMails([mail.uid], trash.path);
  } finally {
    session.close();
  }
}

/** Of one that was moved to another conversation, signs are left in others. */
async function placesOf({ store, clock }: Services, message: Message): Promise<readonly string[]> {
  const home = message.home ?? message.conversationId;
  const known = await getMessage(store, message.accountId, home, message.key, clock.now());
  return [...new Set([message.conversationId, home, ...(known?.moves ?? [])])];
}
