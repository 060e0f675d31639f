import { limits } from '../core/limits.ts';
import { chatContentOf } from './chat-content.ts';
import { mediaTypeOf } from './content-type.ts';
import type { Header } from './header.ts';
import type { Attachment } from './mail-record.ts';
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
  let standIn: string | undefined;
  for (const [index, leaf] of leavesOf(root).entries()) {
    const { part, type, filename, size } = leaf;
    const content = chatContentOf(parts[index]?.header.first('chat-content'));
    if (content === 'preview') standIn = part;
    if (content === 'preview' || content === 'ignore' || isText(leaf)) continue;
    if (/^application\/(?:pgp|(?:x-)?pkcs7)-signature$/.test(type)) continue;
    found.push({ part, type, filename, size, preview: standIn });
    standIn = undefined;
    if (found.length >= limits.attachments) break;
  }
  return found;
}

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
