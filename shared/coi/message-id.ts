import { limits } from '../core/limits.ts';

/** COI's marker in Message-IDs, and the one of its drafts until July 2019, which is still read. */
const chatMarker = /^<(?:chat|coi)\$/;

/**
 * The message ids of a header value, each in angle brackets. Scans for `<` up to `>`, a blank or the end: a COI spec
 * example forgets the `>`. At most `limits.messageIds`.
 */
export function parseMessageIds(value: string | undefined): string[] {
  const ids: string[] = [];
  for (const [, id] of (value ?? '').matchAll(/<([^<>\s]+)/g)) {
    if (id !== undefined) ids.push(`<${id}>`);
    if (ids.length >= limits.messageIds) break;
  }
  return ids;
}

/** Whether an id (with brackets) marks a chat mail: COI client spec, "Filter COI messages". Case counts. */
export function isChatMessageId(id: string | undefined): boolean {
  return id !== undefined && chatMarker.test(id);
}

/**
 * The group a message id names: `<chat$group.GID.UNIQUE@domain>` (COI), or `<Gr.GID.UNIQUE@domain>` (old Delta Chat). Case
 * counts. The COI spec asks for 12 characters or more, which Dovecot does not enforce; neither do we.
 */
export function groupIdOf(id: string | undefined): string | undefined {
  return /^<(?:(?:chat|coi)\$group|Gr)\.([0-9A-Za-z_-]{1,64})\./.exec(id ?? '')?.[1];
}

/**
 * A new COI message id, of nothing but randomness: no name, time or counter of the sender. With brackets it stays within
 * the 100 bytes that a COI WebPush payload leaves uncut, for domains up to 60 characters.
 *
 * @param random at least 16 random bytes
 */
export function newMessageId(parts: {
  readonly random: Buffer;
  readonly domain: string;
  readonly groupId?: string | undefined;
}): string {
  const unique = parts.random.toString('base64url');
  const group = parts.groupId === undefined ? '' : `group.${parts.groupId}.`;
  return `<chat$${group}${unique}@${parts.domain}>`;
}
