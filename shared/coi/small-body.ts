import { limits } from '../core/limits.ts';
import { mediaTypeOf, parameterOf } from './content-type.ts';
import { decodeQuotedPrintable } from './decode-text.ts';
import { type Header, parseHeader } from './header.ts';

/** One part of a body that is at hand, with its own header; the bytes are still encoded. */
export type SmallPart = {
  readonly header: Header;
  readonly body: Buffer;
  /** Headers of the multiparts it is in, from the outside in; the first is the mail's own. */
  readonly around: readonly Header[];
};

/**
 * The parts of a body as transferred, in reading order, those within parts included. A mail that is no multipart is its own
 * only part. Bounded in bytes (`limitBytes`), parts and depth; a malformed body has fewer parts, or none.
 */
export function partsOfBody(
  header: Header,
  body: Buffer,
  limitBytes: number = limits.reportBytes,
): SmallPart[] {
  const found: SmallPart[] = [];
  const visit = (part: SmallPart, depth: number) => {
    if (found.length >= limits.bodyParts || depth > limits.bodyDepth) return;
    const contentType = part.header.first('content-type');
    if (!mediaTypeOf(contentType).startsWith('multipart/')) {
      found.push(part);
      return;
    }
    const boundary = parameterOf(contentType, 'boundary');
    if (boundary === undefined) return;
    const around = [...part.around, part.header];
    for (const piece of splitAtBoundary(part.body, boundary)) visit(partOf(piece, around), depth + 1);
  };
  visit({ header, body: body.subarray(0, limitBytes), around: [] }, 0);
  return found;
}

/** Text up to the first empty line is the part's header; a part may start with that line and have none. */
function partOf(piece: Buffer, around: readonly Header[]): SmallPart {
  const gap = /^\r?\n|\r?\n\r?\n/.exec(piece.toString('latin1'));
  const bodyAt = gap === null ? piece.length : gap.index + gap[0].length;
  return { header: parseHeader(piece.subarray(0, bodyAt)), body: piece.subarray(bodyAt), around };
}

/**
 * What lies between the boundary lines of a multipart, header and body of each part. RFC 2046 section 5.1: a boundary is a
 * whole line, so that `b` is not found in the `b1` of a part within.
 */
export function splitAtBoundary(body: Buffer, boundary: string): Buffer[] {
  const pieces: Buffer[] = [];
  let start: number | undefined;
  for (const line of body.toString('latin1').matchAll(/[^\n]*(?:\n|$)/g)) {
    const text = line[0].trimEnd();
    if (text !== `--${boundary}` && text !== `--${boundary}--`) continue;
    if (start !== undefined) pieces.push(withoutLastBreak(body.subarray(start, line.index)));
    start = text.length === boundary.length + 2 ? line.index + line[0].length : undefined;
    if (start === undefined) return pieces;
  }
  // The closing line is often missing.
  if (start !== undefined) pieces.push(body.subarray(start));
  return pieces;
}

/** The line break before a boundary belongs to the boundary. */
function withoutLastBreak(piece: Buffer): Buffer {
  const end = piece.at(-1) === 0x0a ? piece.length - 1 : piece.length;
  return piece.subarray(0, end > 0 && piece.at(end - 1) === 0x0d ? end - 1 : end);
}

/** The bytes of a part with its transfer encoding undone (RFC 2045 section 6). */
export function transferred({ header, body }: SmallPart): Buffer {
  switch (header.first('content-transfer-encoding')?.toLowerCase()) {
    case 'base64':
      return Buffer.from(body.toString('latin1'), 'base64');
    case 'quoted-printable':
      return decodeQuotedPrintable(body.toString('latin1'));
    default:
      return body;
  }
}
