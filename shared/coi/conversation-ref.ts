import { hash } from 'node:crypto';
import { limits } from '../core/limits.ts';
import { parseAddresses } from './addresses.ts';
import { decodeText, shorten } from './decode-text.ts';
import type { Header } from './header.ts';
import type { ConversationRef } from './mail-record.ts';
import { deltaGroupIdOf, groupIdOf, messageIdIn, parseMessageIds } from './message-id.ts';
import type { Address, ReceivedMail } from './received-mail.ts';

/** The 1:1 conversation with somebody. */
function directConversation(counterpart: Address): ConversationRef {
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
    title: titleOf('', recipients),
    participants: recipients,
    groupId: undefined,
  };
}

/**
 * Which conversation a mail belongs to. A group is known by its id, in the mail or in the one it answers; a list by
 * `List-Id`. Several recipients make a group of just these people. An encrypted mail of Delta Chat hides group and
 * recipients, so it goes to the 1:1 with its sender.
 */
export function conversationOf(
  mail: Pick<ReceivedMail, 'header'>,
  parties: { readonly from: Address; readonly to: readonly Address[]; readonly own: readonly string[] },
): ConversationRef {
  const { from, to, own } = parties;
  const others = [from, ...to].filter(
    (party, index, all) =>
      !own.includes(party.address) && all.findIndex(({ address }) => address === party.address) === index,
  );
  const groupId = groupIdIn(mail.header, others.length);
  if (groupId !== undefined) {
    const name = mail.header.first('chat-group-name');
    return {
      id: conversationId('group', `id ${groupId}`),
      kind: 'group',
      title: titleOf(name === undefined ? subjectOf(mail.header) : withoutPrefixes(decodeText(name)), others),
      participants: others,
      groupId,
    };
  }
  const thread = threadGroupOf(mail.header, others);
  if (thread !== undefined) return thread;
  const listId = listIdIn(mail.header);
  if (listId !== undefined) return listConversation(mail.header, listId, others);
  if (others.length === 0) return directConversation(from);
  const ref = conversationOfRecipients(others);
  // A mail program that answered a chat and added somebody: its subject names what is a group now (COI client spec,
  // "Legacy Clients").
  const isNamed = ref.kind === 'group' && !mail.header.has('chat-version');
  return isNamed ? { ...ref, title: titleOf(subjectOf(mail.header), others) } : ref;
}

/**
 * The name of its group or list, where a mail tells it together with who is in it: chat clients write all members into
 * each mail. A mail program's answer within a group may go to some of them only, which changes nothing for the group.
 */
export function statedTitle(header: Header, ref: ConversationRef): string | undefined {
  if (ref.kind === 'direct') return undefined;
  const isChatClient = header.has('chat-version') || groupIdOf(messageIdIn(header)) !== undefined;
  return ref.groupId === undefined || isChatClient ? ref.title : undefined;
}

function subjectOf(header: Header): string {
  return withoutPrefixes(decodeText(header.first('subject') ?? ''));
}

/**
 * The group id of the Message-ID, then of the first References id (COI client spec, "Group Messages"), then Delta Chat's. An
 * ordinary mail program's answer to the sender alone still refers to the group, but was not meant for it (COI client spec,
 * "Legacy Clients").
 */
function groupIdIn(header: Header, others: number): string | undefined {
  const id = messageIdIn(header);
  const [reference] = parseMessageIds(header.first('references'));
  const isToSenderAlone = others <= 1 && !header.has('chat-version');
  return (
    groupIdOf(id) ??
    (isToSenderAlone ? undefined : groupIdOf(reference)) ??
    /^[0-9A-Za-z_-]{11,32}$/.exec(header.first('chat-group-id') ?? '')?.[0] ??
    deltaGroupIdOf(id) ??
    (isToSenderAlone ? undefined : deltaGroupIdOf(reference))
  );
}

/**
 * A group that has a name and no id: Delta Chat 2.57 without encryption (seen November 2026). Its mails all name the founding
 * one first, whoever is in it, so that one stands for the group.
 */
function threadGroupOf(header: Header, others: readonly Address[]): ConversationRef | undefined {
  const name = header.first('chat-group-name');
  const root = parseMessageIds(header.first('references'))[0] ?? messageIdIn(header);
  if (name === undefined || root === undefined) return undefined;
  return {
    id: threadGroupId(root),
    kind: 'group',
    title: titleOf(withoutPrefixes(decodeText(name)), others),
    participants: others,
    groupId: undefined,
  };
}

const threadPrefix = 't-';

/** The conversation of the group that this mail founded. */
export function threadGroupId(messageId: string): string {
  return threadPrefix + hashOf(`thread ${messageId}`);
}

/** Whether a conversation is a group that is known by its first mail. */
export function isThreadGroup({ id }: Pick<ConversationRef, 'id'>): boolean {
  return id.startsWith(threadPrefix);
}

/** A subject without what replies and forwards put before it, in the languages mail programs do. */
export function withoutPrefixes(subject: string): string {
  return subject
    .split(/\s+/)
    .join(' ')
    .replace(
      /^(?: ?(?:re|aw|sv|vs|antw|odp|rif|ref|ynt|fwd?|wg|vb|tr|enc|doorst) ?(?:\[\d+\] ?)?[:：])+/i,
      '',
    )
    .trim();
}

/** RFC 2919; the brackets are missing at times. */
function listIdIn(header: Header): string | undefined {
  const value = header.first('list-id') ?? '';
  return (/<([^<>\s\p{Cc}]+)>/u.exec(value) ?? /^([^<>\s\p{Cc}]+)$/u.exec(value))?.[1];
}

function listConversation(header: Header, listId: string, others: readonly Address[]): ConversationRef {
  const [description = ''] = (header.first('list-id') ?? '').split('<', 1);
  const named = description === listId ? '' : decodeText(description).replace(/"/g, '').trim();
  const post = parseAddresses(/mailto:([^?>\s]+)/i.exec(header.first('list-post') ?? '')?.[1] ?? '');
  return {
    id: conversationId('list', listId.toLowerCase()),
    kind: 'list',
    title: shorten(named || listId, limits.nameCharacters),
    participants: post.length > 0 ? post : others,
    groupId: undefined,
  };
}

/** The name a group was given, or else its members. */
function titleOf(name: string, members: readonly Address[]): string {
  return shorten(
    name || members.map((member) => member.name ?? member.address).join(', '),
    limits.nameCharacters,
  );
}

/** URL-safe, and the same for the same facts. Ids are scoped to the account by the keys they are stored under. */
function conversationId(kind: ConversationRef['kind'], fact: string): string {
  return `${kind[0]}-${hashOf(fact)}`;
}

function hashOf(fact: string): string {
  return hash('sha256', fact, 'base64url').slice(0, 16);
}
