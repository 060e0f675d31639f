import type { AttachedFile, MessageContent } from '../coi/message-content.ts';
import type { Address } from '../coi/received-mail.ts';
import { composeMail } from './compose.ts';
import { fileParts, mediaFields, wordlessParts } from './compose-attachments.ts';
import { sayContact, sayLocation } from './compose-card.ts';
import {
  descriptionField,
  foundingText,
  type GroupOfMail,
  groupFields,
  groupInfoPart,
  sayGroupLeave,
  sayGroupUpdate,
} from './compose-group.ts';
import { page, paragraph } from './compose-html.ts';
import { joined, type MailPart, textPart } from './compose-part.ts';
import { sayPoll, sayPollClose, sayPollVote } from './compose-poll.ts';
import type { About, Said } from './compose-said.ts';
import { sayDelete, sayEdit, sayReaction, sayText } from './compose-text.ts';

/** A message to make into a mail. See `MailToCompose`. */
export type MessageToCompose = {
  readonly messageId: string;
  readonly date: number;
  readonly from: Address;
  /** Everybody else in the conversation, as it is after the message. */
  readonly to: readonly Address[];
  /** What the conversation is called, unless it is a 1:1. */
  readonly title: string | undefined;
  readonly group: GroupOfMail | undefined;
  readonly references: readonly string[];
  readonly about: About | undefined;
  readonly content: MessageContent;
  readonly files: readonly AttachedFile[];
  /** The sender's own card as a piece of HTML, to come along with a text. */
  readonly profile?: string | undefined;
  readonly requestReceipt: boolean;
};

/**
 * The mail of a message: readable in any mail program, and with what COI clients and Delta Chat need to know it for what it
 * is. See `composeMail`.
 */
export function composeMessage(message: MessageToCompose): Promise<Buffer> {
  const { group, from, to, about, files } = message;
  const said = inGroup(message, withProfile(message, say(message)));
  return composeMail({
    ...message,
    subject: message.title ?? 'Chat',
    inReplyTo: about?.latest,
    replyTo: said.replyTo,
    fields: {
      ...(group === undefined ? {} : groupFields(group)),
      ...said.fields,
      ...mediaFields(files),
    },
    body: bodyOf(said, files),
  });

  /** What founds or changes a group comes with its card. */
  function inGroup({ content }: MessageToCompose, words: Said): Said {
    if (group === undefined || (!group.isNew && content.kind !== 'group-update')) return words;
    const text = words.text === '' ? foundingText(group, from) : words.text;
    return {
      ...words,
      text,
      others: [...(words.others ?? []), groupInfoPart(group, [from, ...to], text)],
      fields: { ...words.fields, ...descriptionField(group) },
    };
  }
}

function say({ content, about, group, from, to, date }: MessageToCompose): Said {
  switch (content.kind) {
    case 'text':
      return sayText(content);
    case 'edit':
      return sayEdit(content.text, needed(about));
    case 'delete':
      return sayDelete();
    case 'reaction':
      return sayReaction(content.emoji);
    case 'location':
      return sayLocation(content);
    case 'contact':
      return sayContact(content);
    case 'poll':
      return sayPoll(content);
    case 'poll-vote':
      return sayPollVote(content.options);
    case 'poll-close':
      return sayPollClose(content.text);
    case 'group-update':
      return sayGroupUpdate(content, needed(group), { from, to, at: date });
    case 'group-leave':
      return sayGroupLeave(content.text, { from, to, at: date });
  }
}

/** COI client spec, "User Profile Information Message Part": the words once more, with the card of who says them. */
function withProfile({ content, profile }: MessageToCompose, words: Said): Said {
  if (profile === undefined || content.kind !== 'text' || words.text === '') return words;
  const part = textPart('html', page(`${paragraph(words.text)}<hr>\n${profile}`), {
    'Chat-Content': 'profile',
  });
  return { ...words, others: [...(words.others ?? []), part] };
}

/** The words in all their forms, then what comes with them. */
function bodyOf(said: Said, files: readonly AttachedFile[]): MailPart {
  const { text, textFields, others = [], attached = [], around } = said;
  const isWordless = text === '' && others.length === 0;
  const [first, ...more] = isWordless ? wordlessParts(files) : fileParts(files);
  const words = joined('alternative', [textPart('plain', text, textFields), ...others]);
  const rest = first === undefined ? attached : [...attached, first, ...more];
  const body =
    isWordless && first !== undefined ? joined('mixed', [first, ...more]) : joined('mixed', [words, ...rest]);
  if (around === undefined) return body;
  return {
    ...('multipart' in body && body.multipart === 'mixed' ? body : { multipart: 'mixed', parts: [body] }),
    fields: around,
  };
}

function needed<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a message without what it is about');
  return value;
}
