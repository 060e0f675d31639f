import { z } from '@hono/zod-openapi';
import { limits } from '../../../shared/core/limits.ts';
import { common, Description, GroupName, Members, text } from './send-common.ts';

export const GroupUpdate = z
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

export const GroupLeave = z
  .strictObject({
    kind: z.literal('group-leave'),
    ...common,
    text: text(limits.textCharacters).default('').openapi({ description: 'Last words, in place of ours.' }),
  })
  .openapi('GroupLeaveToSend');
