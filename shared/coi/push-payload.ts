import { limits } from '../core/limits.ts';
import { mediaTypeOf, parameterOf } from './content-type.ts';

/** What a push tells of a mail. Members that are undefined are left out of the payload. */
export type PushPayloadInput = {
  readonly folder: string | undefined;
  readonly uidValidity: number | undefined;
  readonly uid: number | undefined;
  /** The mail's `Date`, ms. */
  readonly date: number | undefined;
  readonly fromEmail: string | undefined;
  readonly fromName: string | undefined;
  readonly subject: string | undefined;
  readonly messageId: string | undefined;
  readonly groupId: string | undefined;
  /** The raw `Content-Type` field of the mail; undefined means text/plain. */
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  /** The body as transferred, still encoded. */
  readonly body: Buffer | undefined;
  /** Members of our own, which a COI client ignores. */
  readonly extra?: PushExtra | undefined;
};

export type PushExtra = {
  readonly account: string;
  readonly conversation: string;
  readonly kind: string;
  readonly mention: boolean;
  /** Unread messages in the conversation. */
  readonly badge: number;
  /** How many messages it stands for, where those are several. */
  readonly count?: number | undefined;
  /** The message's id in the API. */
  readonly message?: string | undefined;
  /** What was said of that message without words. */
  readonly emoji?: string | undefined;
  readonly preview?: string | undefined;
};

/** Bytes of an escaped string that stay uncut (COI WebPush, "Message Data"); the same as Dovecot's. */
const cutBytes = 100;
const folderBytes = 200;
const groupIdBytes = 128;
const contentTypeBytes = 200;
/** What a push service that takes very little still gets: who wrote, and where the rest is. */
const namesInShort: ReadonlySet<string> = new Set(['uidvalidity', 'uid', 'date', 'from-email', 'msg-id']);
const lastYearEnd = Date.UTC(10_000, 0);

/**
 * The JSON object of the COI WebPush extension, byte for byte as Dovecot orders and cuts it, with our members after its
 * own. The content is there whole or not at all: a body that is no UTF-8, holds a NUL, or does not fit is left out
 * together with its type and encoding.
 *
 * @returns UTF-8 JSON of at most `limitBytes`
 */
export function buildPushPayload(
  input: PushPayloadInput,
  limitBytes: number = limits.pushPayloadBytes,
): Buffer {
  const metadata = metadataOf(input);
  const content = contentOf(input);
  const extra = extraOf(input);
  if (content !== undefined) {
    const whole = objectOf([...metadata, ...content, ...extra]);
    if (whole.length <= limitBytes) return whole;
  }
  const small = objectOf([...metadata, ...extra]);
  if (small.length <= limitBytes) return small;
  const bare = extraOf({ ...input, extra: input.extra && { ...input.extra, preview: undefined } });
  const short = objectOf([...metadata.filter(([name]) => namesInShort.has(name)), ...bare]);
  if (short.length <= limitBytes) return short;
  // Only with a limit far below the push services' own; what is left still says where to look.
  return objectOf(metadata.filter(([name]) => name === 'uidvalidity' || name === 'uid'));
}

/**
 * The same object with news of the account itself: there is no mail to speak of, so that it has our member alone, of the
 * kind `account`. It names nobody.
 */
export function buildStatusPayload({ account, status }: { account: string; status: string }): Buffer {
  const members: Member[] = [
    ['account', JSON.stringify(account)],
    ['kind', '"account"'],
    ['status', JSON.stringify(status)],
  ];
  return objectOf([ours(members)]);
}

/**
 * The same object for a conversation that was read elsewhere, of the kind `seen`: there is nothing to show, and what is
 * shown of it up to this message is to be taken back.
 */
export function buildSeenPayload(seen: {
  readonly account: string;
  readonly conversation: string;
  /** Messages that are unread still. */
  readonly badge: number;
  readonly message: string | undefined;
}): Buffer {
  const members: Member[] = [
    ['account', JSON.stringify(seen.account)],
    ['conversation', JSON.stringify(seen.conversation)],
    ['kind', '"seen"'],
    ['badge', JSON.stringify(seen.badge)],
  ];
  if (seen.message !== undefined) members.push(['message', JSON.stringify(seen.message)]);
  return objectOf([ours(members)]);
}

/** The same object for a push that a user asked for to see whether any come: of the kind `test`, and always to be shown. */
export function buildTestPayload(account: string): Buffer {
  return objectOf([
    ours([
      ['account', JSON.stringify(account)],
      ['kind', '"test"'],
    ]),
  ]);
}

/** A member of the object: its name and its value, already JSON. */
type Member = readonly [name: string, json: string];

function metadataOf(input: PushPayloadInput): Member[] {
  const members: Member[] = [];
  const add = (name: string, json: string | undefined) => {
    if (json !== undefined) members.push([name, json]);
  };
  add('folder', fitting(input.folder, folderBytes));
  add('uidvalidity', input.uidValidity?.toString());
  add('uid', input.uid?.toString());
  add('date', input.date === undefined ? undefined : dateJson(input.date));
  add('from-email', cut(input.fromEmail?.toLowerCase()));
  add('from-name', cut(input.fromName));
  add('subject', cut(input.subject));
  add('msg-id', cut(input.messageId));
  add('group-id', fitting(input.groupId, groupIdBytes));
  return members;
}

function contentOf(input: PushPayloadInput): Member[] | undefined {
  const { body } = input;
  if (body === undefined || body.length > limits.pushBodyBytes || body.includes(0)) return undefined;
  const text = body.toString('utf8');
  // Replacement characters would not be the mail's bytes any more.
  if (!Buffer.from(text, 'utf8').equals(body)) return undefined;
  const members: Member[] = [];
  const type = input.contentType?.trim();
  if (type !== undefined && type !== '' && !isPlainText(type))
    members.push(['content-type', cutTo(type, contentTypeBytes)]);
  const encoding = input.contentEncoding?.trim();
  if (encoding !== undefined && encoding !== '' && !/^[78]bit$/i.test(encoding)) {
    members.push(['content-encoding', cutTo(encoding, cutBytes)]);
  }
  members.push(['content', `"${escaped(text)}"`]);
  return members;
}

/** text/plain with no parameter but a charset that is UTF-8 or part of it needs no telling. */
function isPlainText(contentType: string): boolean {
  if (mediaTypeOf(contentType) !== 'text/plain') return false;
  const given = contentType
    .split(';')
    .slice(1)
    .filter((parameter) => parameter.trim() !== '');
  if (given.length === 0) return true;
  const charset = parameterOf(contentType, 'charset');
  return given.length === 1 && /^(?:utf-?8|us-ascii|ascii)$/i.test(charset ?? '');
}

function cut(value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : cutTo(value, cutBytes);
}

/** A JSON string of at most `bytes` escaped bytes, then an ellipsis; never inside a character or an escape. */
function cutTo(value: string, bytes: number): string {
  const whole = escaped(value);
  if (Buffer.byteLength(whole) <= bytes) return `"${whole}"`;
  let kept = '';
  let size = 0;
  for (const char of value) {
    const next = escaped(char);
    size += Buffer.byteLength(next);
    if (size > bytes) break;
    kept += next;
  }
  return `"${kept}…"`;
}

/** A value that means something only as a whole: left out when it is too long. */
function fitting(value: string | undefined, bytes: number): string | undefined {
  if (value === undefined || value === '') return undefined;
  const whole = escaped(value);
  return Buffer.byteLength(whole) <= bytes ? `"${whole}"` : undefined;
}

/** JSON string content; lone surrogates come out as escapes (ECMA-262, well-formed JSON.stringify). */
function escaped(value: string): string {
  return JSON.stringify(value).slice(1, -1);
}

/** RFC 3339 in UTC with the offset written out, as Dovecot does; it knows no years beyond 9999. */
function dateJson(at: number): string | undefined {
  if (!(at >= 0 && at < lastYearEnd)) return undefined;
  return `"${new Date(at).toISOString().slice(0, 19)}+00:00"`;
}

function extraOf({ extra }: PushPayloadInput): Member[] {
  if (extra === undefined) return [];
  const { account, conversation, kind, mention, badge, count, message, emoji, preview } = extra;
  const members: Member[] = [
    ['account', JSON.stringify(account)],
    ['conversation', JSON.stringify(conversation)],
    ['kind', JSON.stringify(kind)],
    ['mention', JSON.stringify(mention)],
    ['badge', JSON.stringify(badge)],
  ];
  if (count !== undefined && count > 1) members.push(['count', JSON.stringify(count)]);
  if (message !== undefined) members.push(['message', JSON.stringify(message)]);
  if (emoji !== undefined) members.push(['emoji', cutTo(emoji, cutBytes)]);
  if (preview !== undefined) members.push(['preview', cutTo(preview, cutBytes)]);
  return [ours(members)];
}

function ours(members: readonly Member[]): Member {
  return ['x-coi-push', objectOf(members).toString('utf8')];
}

function objectOf(members: readonly Member[]): Buffer {
  return Buffer.from(`{${members.map(([name, json]) => `"${name}":${json}`).join(',')}}`, 'utf8');
}
