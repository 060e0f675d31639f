import type { MessageContent } from '../../coi/message-content.ts';
import { Fault, invalidField } from '../../core/faults.ts';
import { isQuotableId } from '../../smtp/compose-check.ts';
import type { About } from '../../smtp/compose-said.ts';
import type { Account, Message } from '../../store/items.ts';
import { getMessage } from '../../store/message.ts';
import { parseMessageRef } from '../conversations/message-ref.ts';
import type { Services } from '../services.ts';
import type { MessageHome } from './message-home.ts';

/**
 * The message that another one is about, by our id, and its last edit, which the next one names (COI client spec, "Edit and
 * Delete Messages").
 *
 * @throws Fault `invalid-request` when there is no such message in this conversation, or not one this may be done to;
 * `conflict` when it was deleted
 */
export async function findTarget(
  services: Services,
  account: Account,
  { home, content, about }: { home: MessageHome; content: MessageContent; about: string | undefined },
): Promise<About | undefined> {
  if (about === undefined) return undefined;
  const field = content.kind === 'text' ? 'replyTo' : 'target';
  const ref = parseMessageRef(about);
  const target =
    ref && home.conversation?.id === ref.conversationId
      ? await getMessage(services.store, account.id, ref.conversationId, ref.key, services.clock.now())
      : undefined;
  const wrong = target === undefined ? 'is no message of this conversation' : objection(content, target);
  if (target === undefined || wrong !== undefined) {
    throw invalidField(field, wrong ?? 'is no message');
  }
  if (target.fold.deletedAt !== undefined) {
    throw new Fault('conflict', 'That message was deleted.', {
      fields: [{ field, message: 'was deleted' }],
    });
  }
  return { root: target.messageId, latest: await latestOf(services, target) };
}

function objection({ kind }: MessageContent, target: Message): string | undefined {
  if (target.fold.hidden) return 'changes another message: name that one';
  if (!isQuotableId(target.messageId)) return 'has a Message-ID that no mail can name';
  const isOwnMatter = kind === 'edit' || kind === 'delete' || kind === 'poll-close';
  if (isOwnMatter && !target.own) return 'is not a message of yours';
  if ((kind === 'poll-vote' || kind === 'poll-close') && target.kind !== 'poll') return 'is not a poll';
  // What was written for its readers alone would be sent for everybody to read.
  if (kind === 'edit' && target.encrypted) return 'is encrypted: send its edit encrypted too, as raw mail';
  return undefined;
}

async function latestOf(services: Services, target: Message): Promise<string> {
  const { accountId, conversationId, fold, messageId } = target;
  if (fold.edited === undefined) return messageId;
  const { store, clock } = services;
  const edit = await getMessage(store, accountId, conversationId, fold.edited.key, clock.now());
  return edit !== undefined && isQuotableId(edit.messageId) ? edit.messageId : messageId;
}
