import type { Attachment } from './read-mail.ts';
import type { BodyPart } from './received-mail.ts';

/** The leaves of a structure in reading order; of an embedded message only itself. */
export function leavesOf(root: BodyPart): BodyPart[] {
  if (root.children.length === 0 || root.type === 'message/rfc822') return [root];
  return root.children.flatMap(leavesOf);
}

/** PGP/MIME (RFC 3156) and S/MIME (RFC 8551): nothing inside can be read here. */
export function isEncrypted(root: BodyPart): boolean {
  if (root.type === 'multipart/encrypted') return true;
  if (/^application\/(?:x-)?pkcs7-mime$/.test(root.type)) {
    return root.parameters['smime-type'] !== 'signed-data';
  }
  return root.children.some((part) => part.type === 'application/pgp-encrypted');
}

/** The first part a person would read: text that is not an attachment, plain before HTML. */
export function readablePart(root: BodyPart): BodyPart | undefined {
  const texts = leavesOf(root).filter(
    (part) => part.type.startsWith('text/') && part.disposition !== 'attachment',
  );
  return texts.find((part) => part.type === 'text/plain') ?? texts.find((part) => part.type === 'text/html');
}

/** Every leaf that is no text to read: what is marked as attachment, named, or of another type. */
export function attachmentsOf(root: BodyPart): Attachment[] {
  if (isEncrypted(root)) return [];
  return leavesOf(root)
    .filter((part) => !part.type.startsWith('text/') || part.disposition === 'attachment')
    .filter((part) => !part.type.startsWith('multipart/'))
    .map(({ part, type, filename, size }) => ({ part, type, filename, size }));
}
