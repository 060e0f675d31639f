import { z } from '@hono/zod-openapi';
import { GroupLeave, GroupUpdate } from './send-group.ts';
import { Poll, PollClose, PollVote } from './send-poll.ts';
import { Reaction } from './send-reaction.ts';
import { Contact, Delete, Edit, Location, Text } from './send-text.ts';

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
