import { addressHash, parseAddressHash } from '../coi/address-hash.ts';
import { chatContentOf } from '../coi/chat-content.ts';
import { mediaTypeOf, parameterOf } from '../coi/content-type.ts';
import { decodeCharset } from '../coi/decode-charset.ts';
import { type Header, parseHeader } from '../coi/header.ts';
import { parseMailDate } from '../coi/mail-date.ts';
import { partsOfBody, type SmallPart, transferred } from '../coi/small-body.ts';
import { limits } from '../core/limits.ts';
import { type Card, readCard } from './card.ts';
import { type GroupCard, readGroupCard } from './group-card.ts';
import { type OpenMail, takeApart } from './mail-fields.ts';

/** What the header of a mail in the Contacts folder tells (COI client spec, "Contact Storage Message Headers"). */
export type StoredMail = {
  readonly uid: number;
  readonly kind: 'contact' | 'group' | 'profile' | 'other';
  /** In hex. */
  readonly hashes: readonly string[];
  /** By the presence of its field, whatever is in it. */
  readonly blocked: boolean;
  /** When the user last changed it, in ms; 0 when that cannot be read. */
  readonly date: number;
  /** Its body is for its owner's key alone. */
  readonly encrypted: boolean;
};

/** One with its body at hand. */
export type WholeMail = StoredMail &
  OpenMail & {
    readonly header: Header;
    /** The first card, or of a profile the one for everybody; undefined when there is none to be read. */
    readonly card: Card | undefined;
    readonly group: GroupCard | undefined;
  };

/** The fields that `readStoredMail` looks at. */
export const storedMailFields = [
  'Chat-Content',
  'COI-From-Hash',
  'COI-Blocked',
  'Date',
  'Content-Type',
] as const;

export function readStoredMail(uid: number, header: Header): StoredMail {
  const hashes = header.all('coi-from-hash').flatMap((text) => parseAddressHash(text) ?? []);
  return {
    uid,
    kind: kindOf(header),
    hashes: [...new Set(hashes)].slice(0, limits.contactAddresses),
    blocked: header.has('coi-blocked'),
    date: parseMailDate(header.first('date')) ?? 0,
    encrypted: isEncryptedType(header),
  };
}

export function readWholeMail(uid: number, source: Buffer): WholeMail {
  const { fields, body } = takeApart(source);
  const header = parseHeader(source);
  const stored = readStoredMail(uid, header);
  const parts = stored.encrypted ? [] : partsOfBody(header, body, limits.contactMailBytes);
  const encrypted = stored.encrypted || parts.some(({ header: part }) => isEncryptedType(part));
  const pages = parts.filter((part) => mediaTypeOf(part.header.first('content-type')) === 'text/html');
  const card = stored.kind === 'profile' ? cardForAll(pages) : firstOf(pages, readCard);
  const ofCard = (card?.emails ?? []).map(addressHash).slice(0, limits.contactAddresses);
  return {
    ...stored,
    // Some clients leave the fields out, which are for servers.
    hashes: stored.hashes.length > 0 ? stored.hashes : [...new Set(ofCard)],
    encrypted,
    fields,
    body,
    header,
    card,
    group: stored.kind === 'group' ? firstOf(pages, readGroupCard) : undefined,
  };
}

/** The newer of two first: by the date of the change, then by UID (COI client spec, "Merging Contact Storage Messages"). */
export function newerFirst(a: StoredMail, b: StoredMail): number {
  return b.date - a.date || b.uid - a.uid;
}

function kindOf(header: Header): StoredMail['kind'] {
  const content = chatContentOf(header.first('chat-content'));
  if (content === 'contact' || content === 'group' || content === 'profile') return content;
  return content === 'none' && header.has('coi-from-hash') ? 'contact' : 'other';
}

function isEncryptedType(header: Header): boolean {
  const type = mediaTypeOf(header.first('content-type'));
  return /^(?:multipart\/encrypted|application\/(?:pgp-encrypted|(?:x-)?pkcs7-mime))$/.test(type);
}

/** A profile may have parts for friends or colleagues only; those are nobody else's. */
function cardForAll(pages: readonly SmallPart[]): Card | undefined {
  const marked = pages.filter(({ header }) => chatContentOf(header.first('chat-content')) === 'profile');
  const forAll = (marked.length > 0 ? marked : pages).filter(
    ({ header }) => parameterOf(header.first('chat-content'), 'categories') === undefined,
  );
  return firstOf(forAll, readCard);
}

function firstOf<T>(pages: readonly SmallPart[], read: (html: string) => T | undefined): T | undefined {
  for (const page of pages) {
    const charset = parameterOf(page.header.first('content-type'), 'charset') ?? 'utf-8';
    const found = read(decodeCharset(transferred(page), charset));
    if (found !== undefined) return found;
  }
  return undefined;
}
