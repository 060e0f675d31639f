import { createRoute, z } from '@hono/zod-openapi';
import { HTTPException } from 'hono/http-exception';
import { invalidField } from '../../../shared/core/faults.ts';
import { limits } from '../../../shared/core/limits.ts';
import { sendRaw } from '../../../shared/flows/send/send-raw.ts';
import type { RouteGroup } from '../context.ts';
import { IdempotencyHeaders, signedInOnce } from '../idempotency.ts';
import { limitedPerAccount } from '../limit-calls.ts';
import { problems } from '../problem.ts';
import { jsonReply } from '../schemas/common.ts';
import { SendReply, sendReply } from '../schemas/sending.ts';
import { MailAddress } from '../validation.ts';

/** Where a mail of more bytes than any other body may be sent to. */
export const rawMailPath = '/v1/messages/raw';

const sendRawMail = createRoute({
  ...signedInOnce,
  middleware: [signedInOnce.middleware, limitedPerAccount('sending', 'sending-day')] as const,
  method: 'post',
  path: rawMailPath,
  tags: ['Sending'],
  summary: 'Send a mail the client made itself',
  description:
    'For end-to-end encrypted mail. It is sent as it is, byte for byte, but for its `Bcc` fields, which are taken out. ' +
    '`From` must be the account or one of its aliases, `Date` and `Message-ID` must be there; lines end in CRLF and have ' +
    'at most 998 bytes. A `Message-ID` is sent once: repeating the call never sends twice, with or without an ' +
    '`Idempotency-Key`. A mail that was refused needs a new one.',
  request: {
    headers: IdempotencyHeaders,
    query: z.object({
      to: z
        .union([z.string(), z.array(z.string())])
        .optional()
        .openapi({
          type: 'array',
          items: { type: 'string' },
          description:
            'The recipients, repeated or separated by commas, in place of those in `To`, `Cc` and `Bcc`. Needed ' +
            'where the header hides them.',
          example: ['bob@example.org'],
        }),
    }),
    body: {
      required: true,
      content: {
        'message/rfc822': {
          schema: z.string().openapi({ format: 'binary', maxLength: limits.rawMailBytes }),
        },
      },
    },
  },
  responses: {
    202: jsonReply('The mail is recorded, and sent or going to be.', SendReply),
    ...problems('invalid-request', 'not-signed-in', 'too-many-requests', 'conflict', 'send-refused'),
  },
});

export const rawRoutes: RouteGroup = (api) => {
  api.openapi(sendRawMail, async (c) => {
    const type = c.req.header('content-type')?.split(';', 1)[0]?.trim().toLowerCase();
    if (type !== 'message/rfc822') throw new HTTPException(415);
    const message = await sendRaw(c.var.context.services, c.var.account, {
      raw: Buffer.from(await c.req.arrayBuffer()),
      to: recipientsOf(c.req.valid('query').to),
    });
    return c.json(sendReply(message), 202);
  });
};

function recipientsOf(wanted: string | readonly string[] | undefined): readonly string[] | undefined {
  if (wanted === undefined) return undefined;
  const named = [wanted].flat().flatMap((list) => list.split(',').map((address) => address.trim()));
  const addresses = named.filter((address) => address !== '');
  const wrong = addresses.some((address) => !MailAddress.safeParse(address).success);
  if (wrong) throw invalidField('to', 'must be mail addresses, separated by commas');
  return addresses;
}
