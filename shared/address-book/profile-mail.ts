import { createHash } from 'node:crypto';
import { chatContentOf } from '../coi/chat-content.ts';
import { mediaTypeOf, parameterOf } from '../coi/content-type.ts';
import { parseHeader } from '../coi/header.ts';
import { splitAtBoundary } from '../coi/small-body.ts';
import { type Card, cardPage } from './card.ts';
import { fieldOf, putTogether } from './mail-fields.ts';
import { keptFields } from './merge.ts';
import type { WholeMail } from './stored-mail.ts';
import {
  base64Lines,
  htmlFields,
  htmlMail,
  type NewMail,
  ownFields,
  rewritten,
  withDefaults,
} from './write-mail.ts';

/**
 * The own profile as it is stored (COI client spec, "User Profile Storage Message"), in place of the mail that holds it
 * now. Parts of that for friends or colleagues only, which other clients wrote, stay byte for byte.
 */
export function profileMail(mail: WholeMail | undefined, card: Card, facts: NewMail): Buffer {
  const mails = mail === undefined ? [] : [mail];
  const type = mail?.header.first('content-type');
  const boundary = mediaTypeOf(type).startsWith('multipart/') ? parameterOf(type, 'boundary') : undefined;
  if (mail === undefined || boundary === undefined) {
    const fields = [...ownFields(facts), ...withDefaults(keptFields(mails, rewritten), facts, 'Profile')];
    return htmlMail(fields, 'profile', cardPage(card));
  }
  const replaced = (name: string) => name === 'date' || name === 'message-id';
  const parts = splitAtBoundary(mail.body, boundary);
  const forAll = putTogether({
    fields: [...htmlFields, fieldOf('Chat-Content', 'profile')],
    body: base64Lines(cardPage(card)),
  });
  return putTogether({
    fields: [...ownFields(facts), ...mail.fields.filter(({ name }) => !replaced(name))],
    body: Buffer.concat([
      ...[...parts.filter((part) => !isForAll(part)), forAll].flatMap((part) => [
        Buffer.from(`--${boundary}\r\n`),
        part,
        Buffer.from('\r\n'),
      ]),
      Buffer.from(`--${boundary}--\r\n`),
    ]),
  });
}

/** The part that a new one for everybody takes the place of. */
function isForAll(part: Buffer): boolean {
  const value = parseHeader(part).first('chat-content');
  return chatContentOf(value) === 'profile' && parameterOf(value, 'categories') === undefined;
}

/** The same for the same profile: tells who was sent this one already. */
export function versionOf(card: Card): string {
  return createHash('sha256').update(cardPage(card)).digest('base64url').slice(0, 12);
}
