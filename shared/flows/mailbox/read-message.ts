import { Readable } from 'node:stream';
import { leavesOf } from '../../coi/body-structure.ts';
import { partOfBytes, structureOfBytes } from '../../coi/mail-of-bytes.ts';
import type { BodyPart } from '../../coi/received-mail.ts';
import { Fault } from '../../core/faults.ts';
import { limits } from '../../core/limits.ts';
import type { MailSession } from '../../imap/mail-session.ts';
import { chooseTextParts } from '../../mail-body/choose-text-parts.ts';
import { readText, type TextSource } from '../../mail-body/read-text.ts';
import type { Account, Message } from '../../store/items.ts';
import { getMessage } from '../../store/message.ts';
import type { Services } from '../services.ts';
import { locateMail } from './locate-mail.ts';
import { decodeTransfer } from './transfer-decoding.ts';
import { unfiledMail } from './unfiled-mail.ts';

export type ShownText = {
  readonly text: string;
  /** Sanitised; undefined when it was not asked for or the mail has none. */
  readonly html: string | undefined;
  /** Whether something was too long to be shown whole. */
  readonly truncated: boolean;
};

/**
 * The text of a message as its sender wants it to read, from the mailbox now: of one that was edited, that of its last edit;
 * of one that was deleted, nothing. Only text parts are fetched, without marking the mail as read.
 *
 * @throws Fault `not-found` when the mail is gone from the mailbox, or what connecting throws
 */
export async function readShownText(
  services: Services,
  account: Account,
  message: Message,
  options: { readonly html: boolean },
): Promise<ShownText> {
  const { edited, deletedAt } = message.fold;
  if (deletedAt !== undefined) return { text: '', html: undefined, truncated: false };
  const edit =
    edited &&
    (await getMessage(services.store, account.id, message.conversationId, edited.key, services.clock.now()));
  return edit === undefined
    ? readOwnText(services, account, message, options)
    : withoutPencil(await readOwnText(services, account, edit, options));
}

/**
 * Delta Chat quotes the old text in an edit and marks the new one, for programs that know of no edits (chatmail/core 2.57,
 * `> at nine`, an empty line, a pencil and `at ten`).
 */
function withoutPencil(shown: ShownText): ShownText {
  return { ...shown, text: shown.text.replace(/^(?:(?:>[^\n]*\n)+\s*)?\u270f\ufe0f?\s*/u, '') };
}

async function readOwnText(
  services: Services,
  account: Account,
  message: Message,
  options: { readonly html: boolean },
): Promise<ShownText> {
  const unfiled = await unfiledMail(services, account, message);
  if (unfiled !== undefined) return textOfBytes(unfiled, options);
  const { session, mail } = await locateMail(services, account, message);
  try {
    const sources: TextSource[] = [];
    let truncated = false;
    for (const part of chooseTextParts(mail.structure, options)) {
      const read = await session.readPart(mail.uid, part.part, limits.shownTextBytes);
      if (read === undefined) continue;
      truncated ||= read.truncated;
      sources.push(read);
    }
    const { text, html } = await readText(sources);
    return { text, html: options.html ? html : undefined, truncated };
  } finally {
    session.close();
  }
}

async function textOfBytes(raw: Buffer, options: { readonly html: boolean }): Promise<ShownText> {
  const parts = chooseTextParts(structureOfBytes(raw), options);
  const sources = parts.flatMap(({ part }) => partOfBytes(raw, part) ?? []);
  const cut = sources.map(({ mime, body }) => ({ mime, body: body.subarray(0, limits.shownTextBytes) }));
  const { text, html } = await readText(cut);
  const truncated = sources.some(({ body }) => body.length > limits.shownTextBytes);
  return { text, html: options.html ? html : undefined, truncated };
}

/** The whole mail as it lies in the mailbox. Reading the stream to its end, or destroying it, closes the connection. */
export async function openSource(services: Services, account: Account, message: Message): Promise<Readable> {
  const unfiled = await unfiledMail(services, account, message);
  if (unfiled !== undefined) return Readable.from([unfiled]);
  const { session, mail } = await locateMail(services, account, message);
  return streamThenClose(session, () => session.stream(mail.uid));
}

/** One part of a mail, decoded, with its own type and name. See `openSource` for the stream. */
export async function openPart(
  services: Services,
  account: Account,
  message: Message,
  partNumber: string,
): Promise<{ type: string; filename: string | undefined; content: Readable }> {
  const unfiled = await unfiledMail(services, account, message);
  if (unfiled !== undefined) {
    const leaf = leavesOf(structureOfBytes(unfiled)).find((each) => each.part === partNumber);
    const bytes = leaf && partOfBytes(unfiled, partNumber);
    if (leaf === undefined || bytes === undefined) throw noSuchPart();
    return partShown(leaf, Readable.from([bytes.body]));
  }
  const { session, mail } = await locateMail(services, account, message);
  const part = leavesOf(mail.structure).find((leaf) => leaf.part === partNumber);
  if (part === undefined) {
    session.close();
    throw noSuchPart();
  }
  const source = await streamThenClose(session, () => session.stream(mail.uid, part.part));
  return partShown(part, source);
}

function partShown(part: BodyPart, source: Readable) {
  return { type: contentType(part), filename: part.filename, content: decodeTransfer(source, part.encoding) };
}

function noSuchPart(): Fault {
  return new Fault('not-found', 'This mail has no such part.');
}

async function streamThenClose(
  session: MailSession,
  open: () => Promise<Readable | undefined>,
): Promise<Readable> {
  try {
    const stream = await open();
    if (stream === undefined) throw new Fault('not-found', 'This mail is not in the mailbox any more.');
    return stream.once('close', () => session.close());
  } catch (error) {
    session.close();
    throw error;
  }
}

/** Type and charset as the sender wrote them, when they are what a Content-Type may hold; nothing else is passed on. */
function contentType(part: BodyPart): string {
  const token = /^[a-z0-9!#$&^_.+-]{1,64}$/i;
  const [type = '', subtype = ''] = part.type.split('/');
  if (!token.test(type) || !token.test(subtype)) return 'application/octet-stream';
  const charset = part.parameters['charset'];
  return charset !== undefined && token.test(charset) ? `${part.type}; charset=${charset}` : part.type;
}
