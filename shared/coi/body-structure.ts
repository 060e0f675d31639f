import { limits } from '../core/limits.ts';
import { mediaTypeOf } from './content-type.ts';
import type { Header } from './header.ts';
import type { Attachment } from './mail-record.ts';
import type { BodyPart } from './received-mail.ts';

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

/** Every leaf that is no text to read nor a signature: what is marked as attachment, named, or of another type. */
export function attachmentsOf(root: BodyPart): Attachment[] {
  return leavesOf(root)
    .filter((part) => !isText(part) && !/^application\/(?:pgp|(?:x-)?pkcs7)-signature$/.test(part.type))
    .slice(0, limits.attachments)
    .map(({ part, type, filename, size }) => ({ part, type, filename, size }));
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
