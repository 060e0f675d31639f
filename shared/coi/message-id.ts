import { domainToASCII } from 'node:url';
import { limits } from '../core/limits.ts';
import { shorten } from './decode-text.ts';
import type { Header } from './header.ts';

/** COI's marker in Message-IDs, and the one of its drafts until July 2019, which is still read. */
const chatMarker = /^<(?:chat|coi)\$/;

/**
 * The message ids of a header value, each in angle brackets. Scans for `<` up to `>`, a blank or the end: a COI spec
 * example forgets the `>`. Where there are no brackets at all, words with an `@` count as ids. At most `limits.messageIds`,
 * and what is longer than any line may be is cut, the same for whoever names it.
 */
export function parseMessageIds(value: string | undefined): string[] {
  if (value === undefined) return [];
  const scan = value.includes('<') ? /<\s*([^<>\s\p{Cc}]+)/gu : /(?:^|[\s,])([^\s,@\p{Cc}]+@[^\s,\p{Cc}]+)/gu;
  const ids: string[] = [];
  for (const [, id] of value.matchAll(scan)) {
    ids.push(`<${shorten(id ?? '', limits.messageIdCharacters - 2)}>`);
    if (ids.length >= limits.messageIds) break;
  }
  return ids;
}

/** Exchange replaces ids on submission and keeps the sender's in this field (seen in chatmail/core, 2025). */
export const originalIdField = 'x-microsoft-original-message-id';

/** The id that other mails know this one by. */
export function messageIdIn(header: Header): string | undefined {
  const [original] = parseMessageIds(header.first(originalIdField));
  return original ?? parseMessageIds(header.first('message-id'))[0];
}

/** Whether an id (with brackets) marks a chat mail: COI client spec, "Filter COI messages". Case counts. */
export function isChatMessageId(id: string | undefined): boolean {
  return id !== undefined && chatMarker.test(id);
}

/**
 * The group that a COI message id names: `<chat$group.GID.UNIQUE@domain>`. Case counts. The COI spec asks for 12 characters
 * or more, which Dovecot does not enforce; neither do we. Longer ones than a payload takes (128) are none.
 */
export function groupIdOf(id: string | undefined): string | undefined {
  return /^<(?:chat|coi)\$group\.([0-9A-Za-z_-]{1,128})\./.exec(id ?? '')?.[1];
}

/** The group that an id of old Delta Chat names: `<Gr.GID.UNIQUE@domain>`, of 11 or 16 characters. */
export function deltaGroupIdOf(id: string | undefined): string | undefined {
  return /^<Gr\.([0-9A-Za-z_-]{11,32})\./.exec(id ?? '')?.[1];
}

/** A COI WebPush payload leaves message ids of up to 100 bytes uncut, and clients use them as keys. */
const messageIdBytes = 100;
const randomBytesUsed = 16;

/**
 * A new COI message id, of nothing but randomness: no name, time or counter of the sender. With brackets it has at most
 * 100 bytes; for that, a long domain loses its first labels. Only a group id of more than 60 characters makes it longer.
 *
 * @param random at least 16 random bytes, of which the first 16 are used
 */
export function newMessageId(parts: {
  readonly random: Buffer;
  readonly domain: string;
  readonly groupId?: string | undefined;
}): string {
  const unique = parts.random.subarray(0, randomBytesUsed).toString('base64url');
  const group = parts.groupId === undefined ? '' : `group.${parts.groupId}.`;
  const left = `chat$${group}${unique}`;
  // Delta Chat puts all its ids under `localhost`: the random part alone makes an id unique.
  let domain = domainToASCII(parts.domain) || 'localhost';
  while (domain.includes('.') && `<${left}@${domain}>`.length > messageIdBytes) {
    domain = domain.slice(domain.indexOf('.') + 1);
  }
  return `<${left}@${domain}>`;
}
