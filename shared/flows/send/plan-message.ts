import { isThreadGroup } from '../../coi/conversation-ref.ts';
import type { GroupUpdateContent, MessageContent } from '../../coi/message-content.ts';
import type { Address } from '../../coi/received-mail.ts';
import { invalidField } from '../../core/faults.ts';
import { limits } from '../../core/limits.ts';
import type { GroupOfMail } from '../../smtp/compose-group.ts';
import type { Account } from '../../store/items.ts';
import { type MessageHome, withoutOwn } from './message-home.ts';

/** What a message is to be once its conversation is known. */
export type MessagePlan = {
  /** Without changes that change nothing. */
  readonly content: MessageContent;
  /** Whom the mail names: everybody else who is in the conversation after it. */
  readonly to: readonly Address[];
  /** The envelope: those, and whoever is put out by it. */
  readonly recipients: readonly string[];
  readonly title: string | undefined;
  readonly group: GroupOfMail | undefined;
};

/** @throws Fault `invalid-request` when there is nobody to send it to, or no such change can be made there */
export function planMessage(account: Account, home: MessageHome, content: MessageContent): MessagePlan {
  if (home.participants.length === 0) {
    throw invalidField(home.namedBy, 'must name somebody besides yourself');
  }
  if (content.kind === 'group-update') return planUpdate(account, home, content);
  if (content.kind === 'group-leave') requireGroup(home);
  return {
    content,
    to: home.participants,
    recipients: home.participants.map(({ address }) => address),
    title: home.kind === 'direct' ? undefined : home.title,
    group: groupOf(home),
  };
}

/** New members come in, others go, and those who go are told; everybody knows everybody who is in it afterwards. */
function planUpdate(account: Account, home: MessageHome, content: GroupUpdateContent): MessagePlan {
  const group = requireGroup(home);
  const members = new Set(home.participants.map(({ address }) => address));
  const named = content.add.map((address) => ({ address, name: undefined }));
  const added = withoutOwn(account, named).filter(({ address }) => !members.has(address));
  const remove = [...new Set(content.remove)];
  const strangers = remove.filter((address) => !members.has(address));
  if (strangers.length > 0) throw invalidField('remove', 'must name members other than yourself');
  const to = [...home.participants.filter(({ address }) => !remove.includes(address)), ...added];
  if (to.length === 0) throw invalidField('remove', 'must leave somebody in the group');
  if (to.length > limits.recipients) throw invalidField('add', 'makes the group too large');
  const name = content.name === home.title ? undefined : content.name;
  const { description } = content;
  if (name === undefined && description === undefined && added.length + remove.length === 0) {
    throw invalidField('add', 'changes nothing, nor does anything else here');
  }
  return {
    content: { kind: 'group-update', name, description, add: added.map(({ address }) => address), remove },
    to,
    recipients: [...to.map(({ address }) => address), ...remove],
    title: name ?? home.title,
    group: {
      ...group,
      name: name ?? home.title,
      oldName: name === undefined ? undefined : home.title,
      description,
    },
  };
}

/** People who merely write to each other are no group: nobody else would know of it. */
function groupOf({ kind, groupId, title, newGroup, conversation }: MessageHome): GroupOfMail | undefined {
  const isFounded = groupId !== undefined || (conversation !== undefined && isThreadGroup(conversation));
  if (kind !== 'group' || !isFounded) return undefined;
  return {
    id: groupId,
    name: title,
    oldName: undefined,
    description: newGroup?.description,
    isNew: newGroup !== undefined,
  };
}

function requireGroup(home: MessageHome): GroupOfMail {
  const group = home.newGroup === undefined ? groupOf(home) : undefined;
  if (group === undefined) throw invalidField('conversation', 'must be a group that was founded as one');
  return group;
}
