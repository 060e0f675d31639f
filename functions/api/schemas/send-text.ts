import { z } from '@hono/zod-openapi';
import { limits } from '../../../shared/core/limits.ts';
import { MailAddress, shortText } from '../validation.ts';
import { common, MessageId, text, words } from './send-common.ts';

export const Text = z
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

export const Edit = z
  .strictObject({
    kind: z.literal('edit'),
    ...common,
    target: MessageId.openapi({ description: 'Id of a message of your own, also if it was edited before.' }),
    text: words(limits.textCharacters).openapi({ description: 'All of its new text.' }),
  })
  .openapi('EditToSend');

export const Delete = z
  .strictObject({
    kind: z.literal('delete'),
    ...common,
    target: MessageId.openapi({ description: 'Id of a message of your own.' }),
  })
  .openapi('DeletionToSend', {
    description:
      'Asks the clients of all recipients to show the message as deleted. Their mailboxes keep it.',
  });

export const Location = z
  .strictObject({
    kind: z.literal('location'),
    ...common,
    latitude: z.number().min(-90).max(90),
    longitude: z.number().min(-180).max(180),
    text: text(limits.textCharacters).default(''),
  })
  .openapi('LocationToSend', { description: 'A place, in degrees north and east (WGS 84).' });

export const Contact = z
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
