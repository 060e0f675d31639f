import { createHash } from 'node:crypto';
import { parseAddresses } from './addresses.ts';
import { decodeText } from './decode-text.ts';
import { groupIdOf, parseMessageIds } from './message-id.ts';
import type { ConversationRef } from './read-mail.ts';
import type { Address, ReceivedMail } from './received-mail.ts';

/** The 1:1 conversation with somebody. */
export function directConversation(counterpart: Address): ConversationRef {
  return {
    id: conversationId('direct', counterpart.address),
    kind: 'direct',
    title: counterpart.name ?? counterpart.address,
    participants: [counterpart],
    groupId: undefined,
  };
}

/** The conversation that mail to these addresses opens: 1:1 with one, a group of just these with more. */
export function conversationOfRecipients(recipients: readonly Address[]): ConversationRef {
  const [first] = recipients;
  if (first !== undefined && recipients.length === 1) return directConversation(first);
  const addresses = recipients.map((recipient) => recipient.address);
  return {
    // The same people are the same group, whoever lists them in which order.
    id: conversationId('group', `members ${[...addresses].sort().join(' ')}`),
    kind: 'group',
    title: recipients.map((recipient) => recipient.name ?? recipient.address).join(', '),
    participants: recipients,
    groupId: undefined,
  };
}

/**
 * Which conversation a mail belongs to. A group is known by the id in the Message-ID, then the first References id (COI
 * client spec, "Group Messages"), then Delta Chat's `Chat-Group-ID`; a list by `List-Id`. Several recipients make a group of
 * just these people. An encrypted mail hides its group, so it goes to the 1:1 with its sender.
 */
export function conversationOf(
  mail: ReceivedMail,
  parties: { readonly from: Address; readonly to: readonly Address[]; readonly own: readonly string[] },
): ConversationRef {
  const { from, to, own } = parties;
  const others = [from, ...to].filter(
    (party, index, all) =>
      !own.includes(party.address) && all.findIndex(({ address }) => address === party.address) === index,
  );
  const listId = /<([^<>\s]+)>/.exec(mail.header.first('list-id') ?? '')?.[1];
  if (listId !== undefined) return listConversation(mail, listId, others);
  const groupId =
    groupIdOf(parseMessageIds(mail.header.first('message-id'))[0]) ??
    groupIdOf(parseMessageIds(mail.header.first('references'))[0]) ??
    /^[0-9A-Za-z_-]{11,32}$/.exec(mail.header.first('chat-group-id') ?? '')?.[0];
  if (groupId !== undefined) {
    const name = decodeText(mail.header.first('chat-group-name') ?? mail.header.first('subject') ?? '');
    return {
      id: conversationId('group', `id ${groupId}`),
      kind: 'group',
      title: withoutPrefixes(name) || others.map((other) => other.name ?? other.address).join(', '),
      participants: others,
      groupId,
    };
  }
  return others.length === 0 ? directConversation(from) : conversationOfRecipients(others);
}

/** A subject without what replies and forwards put before it, in the languages mail programs do. */
export function withoutPrefixes(subject: string): string {
  return subject
    .replace(
      /^(?:\s*(?:re|aw|sv|vs|antw|odp|rif|ref|ynt|fwd?|wg|vb|tr|enc|doorst)\s*(?:\[\d+\])?\s*[:：])+/i,
      '',
    )
    .trim();
}

function listConversation(mail: ReceivedMail, listId: string, others: readonly Address[]): ConversationRef {
  const described = decodeText((mail.header.first('list-id') ?? '').replace(/<[^>]*>/, ''))
    .replace(/"/g, '')
    .trim();
  const post = parseAddresses(
    (mail.header.first('list-post') ?? '').replace(/^<?mailto:/i, '').replace(/>$/, ''),
  );
  return {
    id: conversationId('list', listId.toLowerCase()),
    kind: 'list',
    title: described || listId,
    participants: post.length > 0 ? post : others,
    groupId: undefined,
  };
}

/** URL-safe, and the same for the same facts. Ids are scoped to the account by the keys they are stored under. */
function conversationId(kind: ConversationRef['kind'], fact: string): string {
  const hash = createHash('sha256').update(fact).digest('base64url').slice(0, 16);
  return `${kind[0]}-${hash}`;
}
