import { z } from '@hono/zod-openapi';
import type { AttachedFile } from '../../../shared/coi/message-content.ts';
import { limits } from '../../../shared/core/limits.ts';
import { shortText } from '../validation.ts';

/** Delta Chat takes no longer duration for one. */
const longestMs = 24 * 3_600_000 - 1;

const Attachment = z
  .strictObject({
    filename: shortText(limits.filenameBytes)
      .refine((name) => !/[/\\]/.test(name), 'must be a name without a path')
      .openapi({ example: 'earth.jpg' }),
    type: z
      .string()
      .regex(
        /^[A-Za-z0-9!#$&^_.+-]{1,64}\/[A-Za-z0-9!#$&^_.+-]{1,64}(?:; ?[A-Za-z0-9_.+-]{1,64}=[A-Za-z0-9_.+-]{1,64}){0,4}$/,
        'must be a media type',
      )
      .refine((type) => !/^(?:multipart|message)\//i.test(type), 'must not be that of a mail or of its parts')
      .openapi({ description: 'Its media type, with parameters where it has some.', example: 'image/jpeg' }),
    content: z
      .string()
      .refine(isBase64, 'must be base64 (RFC 4648 section 4)')
      .openapi({ format: 'byte', description: 'The bytes of the file, in base64.' }),
    voice: z
      .boolean()
      .default(false)
      .openapi({ description: 'It was spoken for this message, in place of a text.' }),
    durationMs: z
      .int()
      .min(1)
      .max(longestMs)
      .optional()
      .openapi({ description: 'How long a recording or a video plays.' }),
  })
  .openapi('AttachmentToSend');

export const Attachments = z
  .array(Attachment)
  .max(limits.attachments)
  .default([])
  .openapi({
    description:
      `Files that go with it; all in one request of at most ${limits.sendBodyBytes} bytes. Pictures, sounds and videos are ` +
      'shown in the message.',
  });

export function attachedFiles(attachments: z.output<typeof Attachments>): readonly AttachedFile[] {
  return attachments.map(({ filename, type, content, voice, durationMs }) => ({
    filename,
    type,
    content: Buffer.from(content, 'base64'),
    voice,
    durationMs,
  }));
}

/** Decoding is lenient about everything; what comes back when it is encoded again is base64. */
function isBase64(text: string): boolean {
  return Buffer.from(text, 'base64').toString('base64') === text;
}
