import type { MailRecord } from '../../shared/coi/mail-record.ts';
import type { Address } from '../../shared/coi/received-mail.ts';
import { limits } from '../../shared/core/limits.ts';

/** Local part and domain as they are looked for; lower case and composed form may take more units for some letters. */
const addressCharacters = 3 * (256 + 1 + 255);
/** An ellipsis follows. */
const previewUnits = 2 * limits.previewCharacters + 1;
/** `t-` and a hash. */
const conversationIdCharacters = 18;
/** An IMAP part number, as deep as parts are looked at. */
const partCharacters = 100;

/** What of a record is larger than it may be, by name; nothing when all is bounded, whoever made the mail. */
export function unboundedIn(record: MailRecord): readonly string[] {
  const { conversation, event, attachments } = record;
  const many = (name: string, list: readonly unknown[], most: number) => [{ name, is: list.length, most }];
  const long = (name: string, text: string | undefined, most: number) => [
    { name, is: text?.length ?? 0, most },
  ];
  const people = (name: string, list: readonly Address[], most: number) => [
    ...many(name, list, most),
    ...list.flatMap((person) => [
      ...long(`${name} address`, person.address, addressCharacters),
      ...long(`${name} name`, person.name, limits.nameCharacters),
    ]),
  ];
  const all = [
    ...long('messageId', record.messageId, limits.messageIdCharacters),
    ...long('inReplyTo', record.inReplyTo, limits.messageIdCharacters),
    ...people('from', [record.from], 1),
    ...people('to', record.to, limits.addressesPerMail),
    ...long('subject', record.subject, limits.subjectCharacters),
    ...long('conversation id', conversation.id, conversationIdCharacters),
    ...long('conversation title', conversation.title, limits.nameCharacters + addressCharacters),
    ...people('participants', conversation.participants, limits.addressesPerMail + 1),
    ...long('groupId', conversation.groupId, 128),
    ...long('kind', record.kind, 20),
    ...long('extension', record.extension, limits.mediaTypeCharacters),
    ...long('title', record.title, limits.nameCharacters + addressCharacters),
    ...many('removed', record.removed, limits.addressesPerMail),
    ...record.removed.flatMap((address) => long('removed', address, addressCharacters)),
    ...many('attachments', attachments, limits.attachments),
    ...attachments.flatMap(({ part, type, filename, preview }) => [
      ...long('part', part, partCharacters),
      ...long('type', type, limits.mediaTypeCharacters),
      ...long('filename', filename, limits.filenameCharacters),
      ...long('preview part', preview, partCharacters),
    ]),
    ...long('preview', record.preview, previewUnits),
    ...(event === undefined ? [] : many('targets', event.targets, limits.eventTargets)),
    ...(event?.targets ?? []).flatMap((id) => long('target', id, limits.messageIdCharacters)),
    ...(event?.kind === 'reaction' ? many('emoji', event.emoji, limits.emojiPerReaction) : []),
    ...(event?.kind === 'reaction' ? event.emoji : []).flatMap((emoji) =>
      long('emoji', emoji, 2 * limits.emojiCharacters),
    ),
    ...(event?.kind === 'bounce' ? many('recipients', event.recipients, limits.addressesPerMail) : []),
    ...(event?.kind === 'bounce' ? event.recipients : []).flatMap((address) =>
      long('recipient', address, addressCharacters),
    ),
  ];
  return all.filter(({ is, most }) => is > most).map(({ name, is }) => `${name}: ${is}`);
}
