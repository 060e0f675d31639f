import { limits } from '../core/limits.ts';
import { mediaTypeOf } from './content-type.ts';
import { decodeText, shorten } from './decode-text.ts';
import type { Header } from './header.ts';
import type { Attachment } from './mail-record.ts';
import { contentOfPart } from './part-content.ts';
import type { BodyPart } from './received-mail.ts';
import type { SmallPart } from './small-body.ts';

/** The leaves of a structure in reading order; of an embedded message only itself. */
export function leavesOf(root: BodyPart): BodyPart[] {
  return partsOf(root).filter((part) => isLeaf(part) && !part.type.startsWith('multipart/'));
}

/** PGP/MIME (RFC 3156) and S/MIME (RFC 8551), also where a mailing list has put its footer around it. */
export function isEncrypted(header: Header, root: BodyPart): boolean {
  return (
    mediaTypeOf(header.first('content-type')) === 'multipart/encrypted' ||
    partsOf(root).some(
      (part) =>
        part.type === 'multipart/encrypted' || part.type === 'application/pgp-encrypted' || isEnveloped(part),
    )
  );
}

/**
 * Every leaf that is no text to read nor a signature: what is marked as attachment, named, or of another type.
 *
 * @param parts those of the body that are at hand, in the same order; their header tells what is for ordinary mail programs
 * alone (COI client spec, `ignore`), and what stands in for the part after it (`preview`)
 */
export function attachmentsOf(root: BodyPart, parts: readonly SmallPart[] = []): Attachment[] {
  const found: Attachment[] = [];
  let standIn: BodyPart | undefined;
  for (const [index, leaf] of leavesOf(root).entries()) {
    const content = contentOfPart(parts[index]);
    if (content === 'preview') standIn = leaf;
    if (content === 'preview' || content === 'ignore' || isText(leaf) || isForPrograms(leaf)) continue;
    found.push(attachment(leaf, standIn?.part));
    standIn = undefined;
    if (found.length >= limits.attachments) return found;
  }
  // What it stands in for is not there: better a small picture than none.
  return standIn === undefined ? found : [...found, attachment(standIn, undefined)];
}

function attachment({ part, type, filename, size }: BodyPart, preview: string | undefined): Attachment {
  return {
    part,
    type: shorten(type, limits.mediaTypeCharacters),
    filename: filename === undefined ? undefined : plainName(filename),
    size,
    preview,
  };
}

/** RFC 2183 section 2.3: the name alone, for folders in it are none of the sender's business. */
function plainName(filename: string): string | undefined {
  const name = decodeText(filename).split(/[/\\]/).at(-1)?.trim() ?? '';
  return name === '' ? undefined : shorten(name, limits.filenameCharacters);
}

/** Signatures, tracks of places that Delta Chat sends along, and what Gmail's reactions are in. */
function isForPrograms({ type, filename }: BodyPart): boolean {
  return (
    /^application\/(?:pgp|(?:x-)?pkcs7)-signature$/.test(type) ||
    type === 'text/vnd.google.email-reaction+json' ||
    isDeltaPlace({ type, filename }) ||
    isDeltaTrack({ type, filename })
  );
}

/** The place of one message, as Delta Chat attaches it (chatmail/core, src/location.rs). */
export function isDeltaPlace(part: Pick<BodyPart, 'type' | 'filename'>): boolean {
  return part.type === kml && part.filename === 'message.kml';
}

/** Where its sender has been since the last one. */
export function isDeltaTrack(part: Pick<BodyPart, 'type' | 'filename'>): boolean {
  return part.type === kml && part.filename === 'location.kml';
}

const kml = 'application/vnd.google-earth.kml+xml';

/** A structure from the outside in, bounded: how many parts there are and how deep is up to the sender. */
function partsOf(root: BodyPart): BodyPart[] {
  const parts: BodyPart[] = [];
  const visit = (part: BodyPart, depth: number) => {
    if (parts.length >= limits.bodyParts || depth > limits.bodyDepth) return;
    parts.push(part);
    if (!isLeaf(part)) for (const child of part.children) visit(child, depth + 1);
  };
  visit(root, 0);
  return parts;
}

function isLeaf(part: BodyPart): boolean {
  return part.children.length === 0 || part.type === 'message/rfc822';
}

function isText({ type, disposition, filename }: BodyPart): boolean {
  const isReadable = type === 'text/plain' || type === 'text/html' || type === 'text/markdown';
  return isReadable && disposition !== 'attachment' && filename === undefined;
}

/** application/pkcs7-mime also carries signed mail and lists of certificates, which anybody can read. */
function isEnveloped({ type, parameters }: BodyPart): boolean {
  if (type !== 'application/pkcs7-mime' && type !== 'application/x-pkcs7-mime') return false;
  return !/^(?:signed-data|certs-only|compressed-data)$/i.test(parameters['smime-type'] ?? '');
}
