import { z } from '@hono/zod-openapi';
import type { Contact } from '../../../shared/address-book/contact.ts';
import { isPhoto, type Photo, photoTypes } from '../../../shared/address-book/photo.ts';
import { parseAddressHash } from '../../../shared/coi/address-hash.ts';
import { invalidField } from '../../../shared/core/faults.ts';
import { limits } from '../../../shared/core/limits.ts';
import type { ChangedContact, ContactChange } from '../../../shared/flows/contacts/change-contact.ts';
import type { Profile } from '../../../shared/flows/contacts/profile.ts';
import { MailAddress, shortText } from '../validation.ts';
import { Time, timeOf } from './common.ts';

const hashNote =
  'SHA3-256 of one of the addresses, in lower case and without quotes: 64 hex digits, or base64url.';

export const ContactHash = z
  .string()
  .regex(/^(?:[0-9A-Fa-f]{64}|[A-Za-z0-9_-]{43}=?)$/, 'is not the hash of an address')
  .openapi({ description: hashNote });

/** @throws Fault `invalid-request` for what only looks like a hash */
export function hashOf(text: string): string {
  const hash = parseAddressHash(text);
  if (hash === undefined) throw invalidField('hash', 'is not the hash of an address');
  return hash;
}

/** A text that shows something, and takes up no line of its own. */
const Words = (maxBytes: number) =>
  shortText(maxBytes).refine((text) => text.trim() !== '', 'must not be blank');

const PhotoContent = z
  .object({ type: z.enum(photoTypes), content: z.base64().max(Math.ceil(limits.photoBytes / 3) * 4) })
  .refine((photo) => isPhoto(photoOf(photo)), { path: ['content'], message: 'is not a picture of that type' })
  .openapi('Photo', { description: `A picture of at most ${limits.photoBytes} bytes, in base64.` });

const photoNote = 'Left out, the picture stays as it is; null takes it away.';

const Setting = Words(limits.chosenNameBytes).regex(/^[^,;]*$/, 'must not hold commas or semicolons');
const Settings = z.array(Setting).max(limits.contactCategories);

const NotificationRequest = z
  .object({
    enabled: z.boolean().openapi({ description: 'With false, only mentions are told.' }),
    types: Settings.default([]),
    sounds: Settings.default([]),
    filters: Settings.default([]).openapi({
      description:
        '`message`, `mention`, or words of a client. Without `message`, only mentions are told. Empty: everything is.',
    }),
  })
  .openapi('NotificationRequest');

const Birthday = z
  .string()
  .regex(/^(?:[0-9]{4}|-)-[0-9]{2}-[0-9]{2}$/, 'must be YYYY-MM-DD, or --MM-DD without the year')
  .openapi({ example: '--12-24' });

export const ContactRequest = z
  .object({
    name: Words(limits.nameCharacters),
    nickname: Words(limits.nameCharacters).optional(),
    addresses: z.array(MailAddress).min(1).max(limits.contactAddresses),
    categories: z
      .array(Setting)
      .max(limits.contactCategories)
      .default([])
      .openapi({ description: '`friend`, `family`, `work`, `partner`, or words of your own.' }),
    birthday: Birthday.optional(),
    photo: PhotoContent.nullish().openapi({ description: photoNote }),
    notification: NotificationRequest.optional(),
    blocked: z.boolean().optional().openapi({ description: 'Left out, it stays as it is.' }),
  })
  .openapi('ContactRequest');

export function contactChange(request: z.output<typeof ContactRequest>): ContactChange {
  return {
    name: request.name,
    nickname: request.nickname,
    emails: request.addresses,
    categories: request.categories,
    birthday: request.birthday,
    photo: request.photo ? photoOf(request.photo) : request.photo,
    notification: request.notification,
    blocked: request.blocked,
  };
}

const contactMembers = {
  hash: z.string().openapi({ description: hashNote }),
  hashes: z.array(z.string()).openapi({ description: 'Of all its addresses; each names this contact.' }),
  name: z.string().nullable(),
  nickname: z.string().optional(),
  addresses: z.array(z.string()),
  categories: z.array(z.string()),
  birthday: z.string().optional(),
  status: z.string().optional(),
  hasPhoto: z.boolean(),
  photo: PhotoContent.optional().openapi({ description: 'Left out of lists.' }),
  notification: z
    .object({
      enabled: z.boolean(),
      types: z.array(z.string()),
      sounds: z.array(z.string()),
      filters: z.array(z.string()),
    })
    .optional(),
  blocked: z.boolean(),
  encrypted: z.boolean().openapi({
    description:
      'Another client keeps it for itself, or it is too large: only whether it is blocked can be seen and changed.',
  }),
  changedAt: Time.nullable(),
};

export const ContactReply = z.object(contactMembers).openapi('Contact');

const warnings = z.array(z.enum(['sender-unverified', 'old-copy-kept'])).openapi({
  description:
    '`sender-unverified`: the mail provider did not find the newest mail of this sender to be really theirs, so the ' +
    'address may be forged. `old-copy-kept`: the mail server cannot remove single mails; what was there before is ' +
    'marked as deleted until the folder is emptied.',
});

export const ChangedContactReply = z.object({ ...contactMembers, warnings }).openapi('ChangedContact');

export const BlockedContactReply = z
  .object({
    ...contactMembers,
    warnings,
    moved: z.int().min(0).openapi({ description: 'Mails that were moved to the folder `Blocked`.' }),
  })
  .openapi('BlockedContact');

export function contactReply(
  contact: Contact,
  options: { readonly withPhoto: boolean },
): z.infer<typeof ContactReply> {
  const { card } = contact;
  return {
    hash: contact.hash,
    hashes: [...contact.hashes],
    name: card.name ?? null,
    ...(card.nickname === undefined ? {} : { nickname: card.nickname }),
    addresses: [...card.emails],
    categories: [...card.categories],
    ...(card.birthday === undefined ? {} : { birthday: card.birthday }),
    ...(card.status === undefined ? {} : { status: card.status }),
    hasPhoto: card.photo !== undefined,
    ...(options.withPhoto ? photoReply(card.photo) : {}),
    ...(card.notification === undefined
      ? {}
      : {
          notification: {
            enabled: card.notification.enabled,
            types: [...card.notification.types],
            sounds: [...card.notification.sounds],
            filters: [...card.notification.filters],
          },
        }),
    blocked: contact.blocked,
    encrypted: contact.sealed,
    changedAt: contact.changedAt > 0 ? timeOf(contact.changedAt) : null,
  };
}

export function changedReply(
  changed: ChangedContact & { readonly unverified?: boolean },
): z.infer<typeof ChangedContactReply> {
  return {
    ...contactReply(changed.contact, { withPhoto: true }),
    warnings: [
      ...(changed.unverified ? (['sender-unverified'] as const) : []),
      ...(changed.oldKept ? (['old-copy-kept'] as const) : []),
    ],
  };
}

export const ProfileRequest = z
  .object({
    name: Words(limits.nameCharacters),
    photo: PhotoContent.nullish().openapi({ description: photoNote }),
    status: Words(limits.statusCharacters).optional(),
  })
  .openapi('ProfileRequest');

export function profileChange({ name, photo, status }: z.output<typeof ProfileRequest>) {
  return { name, status, photo: photo ? photoOf(photo) : photo };
}

export const ProfileReply = z
  .object({ name: z.string().nullable(), photo: PhotoContent.optional(), status: z.string().optional() })
  .openapi('Profile');

export function profileReply({ name, photo, status }: Profile): z.infer<typeof ProfileReply> {
  return { name: name ?? null, ...photoReply(photo), ...(status === undefined ? {} : { status }) };
}

function photoOf({ type, content }: { readonly type: string; readonly content: string }): Photo {
  return { type, content: Buffer.from(content, 'base64') };
}

function photoReply(photo: Photo | undefined): { photo?: z.infer<typeof PhotoContent> } {
  const type = photoTypes.find((each) => each === photo?.type);
  return photo === undefined || type === undefined
    ? {}
    : { photo: { type, content: photo.content.toString('base64') } };
}
