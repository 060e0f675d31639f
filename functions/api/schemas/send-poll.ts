import { z } from '@hono/zod-openapi';
import { limits } from '../../../shared/core/limits.ts';
import { common, MessageId, text, words } from './send-common.ts';

const Option = words(limits.pollOptionCharacters);

export const Poll = z
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

export const PollVote = z
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

export const PollClose = z
  .strictObject({
    kind: z.literal('poll-close'),
    ...common,
    target: MessageId.openapi({ description: 'Id of a poll of your own.' }),
    text: text(limits.textCharacters).default('').openapi({
      description: 'What came out of it, for people. Left out, it says that the poll is closed.',
    }),
  })
  .openapi('PollEndToSend', { description: 'A mail with `Chat-Content: pollclose` that answers the poll.' });
