import { buildPushPayload, buildSeenPayload, buildStatusPayload } from '../../coi/push-payload.ts';
import { padPayload } from '../../push/padding.ts';
import type { Conversation, Subscription } from '../../store/items.ts';
import { messageRef } from '../conversations/message-ref.ts';
import type { MessageNotice, Notice } from './notice.ts';

/** The COI WebPush payload for one subscription, with as much content as it asked for and as fits. */
export function payloadFor(notice: Notice, subscription: Subscription): Buffer {
  if ('message' in notice) return messagePayload(notice, subscription);
  if ('seen' in notice) return padPayload(buildSeenPayload(seenFacts(notice.seen)));
  const { accountId: account, status } = notice;
  return padPayload(buildStatusPayload({ account, status }));
}

function seenFacts({ accountId: account, id, unread, seenUpTo }: Conversation) {
  const message = seenUpTo === undefined ? undefined : messageRef({ conversationId: id, key: seenUpTo });
  return { account, conversation: id, badge: unread, message };
}

function messagePayload(notice: MessageNotice, subscription: Subscription): Buffer {
  const { message, conversation, mail } = notice;
  const full = mail !== undefined && subscription.content === 'full';
  const payload = buildPushPayload({
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
      kind: message.encrypted ? 'encrypted' : message.kind,
      mention: message.mention,
      badge: conversation?.unread ?? 0,
      count: notice.count,
      message: messageRef(message),
      preview: subscription.content === 'preview' ? mail?.preview : undefined,
    },
  });
  // Without content only names and ids vary, so their length would tell which conversation it is.
  return full ? payload : padPayload(payload);
}
