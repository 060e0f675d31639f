import {
  buildPushPayload,
  buildSeenPayload,
  buildStatusPayload,
  type PushPayloadInput,
} from '../../coi/push-payload.ts';
import { padPayload } from '../../push/padding.ts';
import type { Conversation, Subscription } from '../../store/items.ts';
import { messageRef } from '../conversations/message-ref.ts';
import type { ChangeNotice, MessageNotice, Notice } from './notice.ts';

/**
 * The COI WebPush payload for one subscription, with as much content as it asked for and as fits. All are padded: their
 * length would tell which conversation or known message it is.
 *
 * @param limitBytes what its push service takes
 */
export function payloadFor(notice: Notice, subscription: Subscription, limitBytes: number): Buffer {
  return padPayload(jsonFor(notice, subscription, limitBytes), limitBytes);
}

function jsonFor(notice: Notice, subscription: Subscription, limitBytes: number): Buffer {
  if ('message' in notice) return messagePayload(notice, subscription, limitBytes);
  if ('seen' in notice) return buildSeenPayload(seenFacts(notice.seen));
  const { accountId: account, status } = notice;
  return buildStatusPayload({ account, status });
}

function seenFacts({ accountId: account, id, unread, seenUpTo }: Conversation) {
  const message = seenUpTo === undefined ? undefined : messageRef({ conversationId: id, key: seenUpTo });
  return { account, conversation: id, badge: unread, message };
}

function messagePayload(
  notice: MessageNotice | ChangeNotice,
  subscription: Subscription,
  limitBytes: number,
): Buffer {
  const { message, conversation, mail } = notice;
  const changed = 'changed' in notice ? notice.changed : undefined;
  const full = mail !== undefined && subscription.content === 'full';
  const input: PushPayloadInput = {
    folder: message.place?.folder,
    uidValidity: message.place?.uidValidity,
    uid: message.place?.uid,
    date: message.date,
    fromEmail: message.from.address,
    fromName: message.from.name,
    subject: subscription.content === 'none' ? undefined : mail?.subject,
    messageId: message.messageId,
    groupId: conversation?.groupId,
    contentType: full ? mail.contentType : undefined,
    contentEncoding: full ? mail.contentEncoding : undefined,
    body: full ? mail.body : undefined,
    extra: {
      account: message.accountId,
      conversation: message.conversationId,
      kind: changed?.kind ?? (message.encrypted ? 'encrypted' : message.kind),
      mention: message.mention,
      badge: conversation?.unread ?? 0,
      count: notice.count,
      message: messageRef({ ...message, key: changed?.key ?? message.key }),
      emoji: subscription.content === 'none' ? undefined : changed?.emoji,
      preview: subscription.content === 'preview' ? mail?.preview : undefined,
    },
  };
  return buildPushPayload(input, limitBytes);
}
