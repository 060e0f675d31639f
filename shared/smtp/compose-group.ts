import type { GroupUpdateContent } from '../coi/message-content.ts';
import type { Address } from '../coi/received-mail.ts';
import { hCard } from './compose-card.ts';
import { headerText } from './compose-header.ts';
import { element, page, paragraph } from './compose-html.ts';
import { type MailPart, textPart } from './compose-part.ts';
import type { Said } from './compose-said.ts';

/** The group a mail goes to, as it is after the mail. */
export type GroupOfMail = {
  /** Undefined where it is known by its first mail, which the others refer to. */
  readonly id: string | undefined;
  readonly name: string;
  /** Its name before, where the mail changes it. */
  readonly oldName: string | undefined;
  /** Told with the mail that founds the group or changes it. */
  readonly description: string | undefined;
  /** Whether this mail founds it. */
  readonly isNew: boolean;
};

/** Who changes a group, who else is in it from then on, and when that is (ms). */
export type GroupChange = {
  readonly from: Address;
  readonly to: readonly Address[];
  readonly at: number;
};

/** Fields of every mail to a group: Delta Chat's, beside the Message-ID that COI knows a group by. */
export function groupFields({ id, name }: GroupOfMail): Readonly<Record<string, string>> {
  return { ...(id === undefined ? {} : { 'Chat-Group-ID': id }), 'Chat-Group-Name': headerText(name) };
}

/** Delta Chat's field for the description, where it is told. */
export function descriptionField({ description }: GroupOfMail): Readonly<Record<string, string>> {
  return description === undefined ? {} : { 'Chat-Group-Description': headerText(description) };
}

/** The first words in a new group, when its founder sends none. */
export function foundingText({ name }: GroupOfMail, from: Address): string {
  return `${called(from)} started the group “${name}”.`;
}

/** What changes in a group, for people in words, for Delta Chat in fields. The group card says it to COI clients. */
export function sayGroupUpdate(content: GroupUpdateContent, group: GroupOfMail, change: GroupChange): Said {
  const { description, add, remove } = content;
  const who = called(change.from);
  const sentences = [
    ...(group.oldName === undefined
      ? []
      : [`${who} renamed the group “${group.oldName}” to “${group.name}”.`]),
    ...(description === undefined ? [] : [describing(who, description)]),
    ...(add.length === 0 ? [] : [`${who} added ${add.join(', ')}.`]),
    ...(remove.length === 0 ? [] : [`${who} removed ${remove.join(', ')}.`]),
  ];
  return {
    text: sentences.join('\n'),
    fields: {
      ...(group.oldName === undefined ? {} : { 'Chat-Group-Name-Changed': headerText(group.oldName) }),
      ...(description === undefined ? {} : { 'Chat-Group-Description-Changed': '1' }),
      ...(add.length === 0 ? {} : { 'Chat-Group-Member-Added': headerText(add.join(', ')) }),
      ...(remove.length === 0 ? {} : { 'Chat-Group-Member-Removed': headerText(remove.join(', ')) }),
      ...(add.length + remove.length === 0 ? {} : memberFields(change, content)),
    },
  };
}

/**
 * COI client spec, "Leaving a Group": whoever answers with an ordinary mail program reaches those who remain. Delta Chat
 * reads it as the removal of oneself.
 */
export function sayGroupLeave(text: string, change: GroupChange): Said {
  const { from, to } = change;
  return {
    text: text === '' ? `${called(from)} left the group.` : text,
    fields: {
      'Chat-Content': 'groupleft',
      'Chat-Group-Member-Removed': headerText(from.address),
      ...memberFields(change, { add: [], remove: [from.address] }),
    },
    replyTo: to,
  };
}

/**
 * Delta Chat's list of members, the only one it believes without encryption: since when each address in To is in the group,
 * then since when each one named here is out of it, in seconds (chatmail/core 2.57, src/receive_imf.rs,
 * `update_chats_contacts_timestamps`). Nothing is known of those who stay; 0 lets nobody in again who left meanwhile.
 */
function memberFields(
  { to, at }: GroupChange,
  { add, remove }: Pick<GroupUpdateContent, 'add' | 'remove'>,
): Readonly<Record<string, string>> {
  const now = Math.floor(at / 1000);
  const since = [...to.map(({ address }) => (add.includes(address) ? now : 0)), ...remove.map(() => now)];
  return {
    ...(remove.length === 0 ? {} : { 'Chat-Group-Past-Members': headerText(remove.join(', ')) }),
    'Chat-Group-Member-Timestamps': since.join(' '),
  };
}

/**
 * The card of a group (COI client spec, "Group Information Message Part"), around the words of its message. The spec calls
 * the members `p-participants` in its text and `e-participants` in its examples.
 */
export function groupInfoPart(group: GroupOfMail, members: readonly Address[], text: string): MailPart {
  const described = group.description ? `${element('p', 'p-description', group.description)}\n` : '';
  const cards = members.map(({ name, address }) => hCard({ name, addresses: [address] }));
  const card =
    `<div style="display: none">\n<hr>\n<div class="h-group">\n${element('p', 'p-name', group.name)}\n${described}` +
    `<hr>\n<p>Participants</p>\n<div class="e-participants p-participants">\n${cards.join('')}</div>\n</div>\n</div>\n`;
  return textPart('html', page(`${paragraph(text)}${card}`), { 'Chat-Content': 'groupinfo' });
}

function describing(who: string, description: string): string {
  return description === ''
    ? `${who} removed the description.`
    : `${who} changed the description: ${description}`;
}

function called({ name, address }: Address): string {
  return name === undefined || name === '' ? address : name;
}
