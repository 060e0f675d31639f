import { z } from '@hono/zod-openapi';
import { limits } from '../../../shared/core/limits.ts';
import { MailAddress, shortText } from '../validation.ts';
import { Attachments } from './attachment-to-send.ts';

/** What a conversation id can look like; anything else is no conversation of anybody. */
const ConversationId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'is not a conversation id');

/** The id of a message, as far as its form goes. */
const MessageId = z.string().min(1).max(128);

const Members = z.array(MailAddress).min(1).max(limits.recipients);

const GroupName = shortText(limits.groupNameBytes)
  .refine((name) => name.trim() !== '', 'must not be empty')
  .openapi({ example: 'My Crew' });

const Description = text(limits.groupDescriptionCharacters);

const NewGroup = z
  .strictObject({
    name: GroupName,
    participants: Members.openapi({ description: 'Everybody else who is in it.' }),
    description: Description.optional(),
  })
  .openapi('NewGroup');

/** What every kind of message has. Unknown members are refused: a wish that cannot be fulfilled is not dropped in silence. */
const common = {
  conversation: ConversationId.optional().openapi({ description: 'An existing conversation.' }),
  to: Members.optional().openapi({ description: 'Addresses, where there need be no conversation yet.' }),
  group: NewGroup.optional().openapi({ description: 'A new group, which this message founds.' }),
  attachments: Attachments,
  requestReceipt: z
    .boolean()
    .default(false)
    .openapi({ description: 'Ask the recipients for read receipts.' }),
};

const Text = z
  .strictObject({
    kind: z.literal('text'),
    ...common,
    text: text(limits.textCharacters)
      .default('')
      .openapi({ description: 'May be left out where there are attachments.' }),
    markdown: words(limits.textCharacters)
      .optional()
      .openapi({ description: 'The same text with formatting, for clients that show it.' }),
    pinned: z
      .strictObject({
        until: z.iso.datetime({ offset: true }).optional(),
      })
      .optional()
      .openapi({ description: 'Keep it in view, until then or until something else is pinned.' }),
    replyTo: MessageId.optional().openapi({ description: 'Id of the message that this one answers.' }),
  })
  .openapi('TextToSend');

const Edit = z
  .strictObject({
    kind: z.literal('edit'),
    ...common,
    target: MessageId.openapi({ description: 'Id of a message of your own, also if it was edited before.' }),
    text: words(limits.textCharacters).openapi({ description: 'All of its new text.' }),
  })
  .openapi('EditToSend');

const Delete = z
  .strictObject({
    kind: z.literal('delete'),
    ...common,
    target: MessageId.openapi({ description: 'Id of a message of your own.' }),
  })
  .openapi('DeletionToSend', {
    description:
      'Asks the clients of all recipients to show the message as deleted. Their mailboxes keep it.',
  });

const Reaction = z
  .strictObject({
    kind: z.literal('reaction'),
    ...common,
    target: MessageId.openapi({ description: 'Id of any message of the conversation.' }),
    emoji: z
      .string()
      .max(limits.emojiPerReaction * limits.emojiCharacters)
      .refine(areEmoji, `must be up to ${limits.emojiPerReaction} emoji, with blanks between them`)
      .openapi({
        description: 'All your reactions to it from now on, with blanks between them. Empty takes them back.',
        example: '👍',
      }),
  })
  .openapi('ReactionToSend');

const Location = z
  .strictObject({
    kind: z.literal('location'),
    ...common,
    latitude: z.number().min(-90).max(90),
    longitude: z.number().min(-180).max(180),
    text: text(limits.textCharacters).default(''),
  })
  .openapi('LocationToSend', { description: 'A place, in degrees north and east (WGS 84).' });

const Option = words(limits.pollOptionCharacters);

const Poll = z
  .strictObject({
    kind: z.literal('poll'),
    ...common,
    question: words(limits.textCharacters),
    options: z
      .array(Option)
      .min(2)
      .max(limits.pollOptions)
      .refine((options) => new Set(options).size === options.length, 'must all be different'),
    multiple: z.boolean().default(true).openapi({ description: 'Whether one may choose several options.' }),
  })
  .openapi('PollToSend', {
    description:
      'The COI client spec names polls and leaves their mails open; this is a profile of our own. The mail has an html part ' +
      '`Chat-Content: poll` with an `h-poll` element: `p-name` is the question, each `p-poll-option` an option, and the ' +
      'value of `p-poll-multiple` says whether several may be chosen. Counting the votes is up to clients.',
  });

const PollVote = z
  .strictObject({
    kind: z.literal('poll-vote'),
    ...common,
    target: MessageId.openapi({ description: 'Id of the poll.' }),
    options: z
      .array(Option)
      .max(limits.pollOptions)
      .refine((options) => new Set(options).size === options.length, 'must all be different')
      .openapi({
        description:
          'All options you choose from now on, in the words of the poll. None takes your vote back.',
      }),
  })
  .openapi('PollVoteToSend', {
    description:
      'A mail with `Chat-Content: pollvote` that answers the poll; its html part has the chosen options as `p-poll-option`.',
  });

const PollClose = z
  .strictObject({
    kind: z.literal('poll-close'),
    ...common,
    target: MessageId.openapi({ description: 'Id of a poll of your own.' }),
    text: text(limits.textCharacters).default('').openapi({
      description: 'What came out of it, for people. Left out, it says that the poll is closed.',
    }),
  })
  .openapi('PollEndToSend', { description: 'A mail with `Chat-Content: pollclose` that answers the poll.' });

const Contact = z
  .strictObject({
    kind: z.literal('contact'),
    ...common,
    name: shortText(limits.nameCharacters),
    nickname: shortText(limits.nameCharacters).optional(),
    addresses: z.array(MailAddress).min(1).max(limits.contactAddresses),
  })
  .openapi('ContactToSend', {
    description: "Somebody's address, as a card that clients and address books can take over.",
  });

const GroupUpdate = z
  .strictObject({
    kind: z.literal('group-update'),
    ...common,
    name: GroupName.optional(),
    description: Description.optional().openapi({ description: 'Empty takes it away.' }),
    add: Members.optional(),
    remove: Members.optional(),
  })
  .openapi('GroupUpdateToSend', {
    description: 'Changes a group for everybody in it. Who is removed is told too.',
  });

const GroupLeave = z
  .strictObject({
    kind: z.literal('group-leave'),
    ...common,
    text: text(limits.textCharacters).default('').openapi({ description: 'Last words, in place of ours.' }),
  })
  .openapi('GroupLeaveToSend');

export const SendRequest = z
  .discriminatedUnion('kind', [
    Text,
    Edit,
    Delete,
    Reaction,
    Location,
    Poll,
    PollVote,
    PollClose,
    Contact,
    GroupUpdate,
    GroupLeave,
  ])
  .refine(
    ({ conversation, to, group }) =>
      [conversation, to, group].filter((each) => each !== undefined).length === 1,
    { path: ['to'], message: 'exactly one of `conversation`, `to` and `group` is needed' },
  )
  .refine((message) => message.kind !== 'text' || message.text.trim() !== '' || isWordless(message), {
    path: ['text'],
    message: 'must not be empty, unless there are attachments and no `markdown`',
  })
  .openapi('SendRequest');

export type SendRequest = z.output<typeof SendRequest>;

function isWordless({ attachments, markdown }: z.output<typeof Text>): boolean {
  return attachments.length > 0 && markdown === undefined;
}

/** Any text; NUL has no place in a mail. */
function text(maxCharacters: number) {
  return z
    .string()
    .max(maxCharacters)
    .refine((value) => !value.includes('\0'), 'must not hold NUL');
}

function words(maxCharacters: number) {
  return text(maxCharacters)
    .refine((value) => value.trim() !== '', 'must not be empty')
    .openapi({ minLength: 1 });
}

/** Emoji of newer Unicode versions than ours have none of their properties yet, but are pictographs by reservation. */
function areEmoji(value: string): boolean {
  const all = emojiOf(value);
  return all.length <= limits.emojiPerReaction && all.every(isEmoji);
}

function isEmoji(value: string): boolean {
  return (
    [...value].length <= limits.emojiCharacters &&
    /^[\p{Emoji}\p{Emoji_Component}\p{Extended_Pictographic}]+$/u.test(value) &&
    /\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3/u.test(value)
  );
}

export function emojiOf(value: string): string[] {
  return [...new Set(value.split(/\s+/).filter((each) => each !== ''))];
}
