import { limits } from '../core/limits.ts';
import { mediaTypeOf, parameterOf } from './content-type.ts';
import { type Header, parseHeader } from './header.ts';
import type { BodyPart, ReceivedMail } from './received-mail.ts';
import { splitAtBoundary } from './small-body.ts';

/** What the bytes of a mail do not tell: where it lies, and since when. */
export type MailPlace = Pick<
  ReceivedMail,
  'folder' | 'folderRole' | 'uidValidity' | 'uid' | 'receivedAt' | 'flags'
>;

/** A mail whose bytes are at hand, as the watch would have fetched it from a server. */
export function mailOfBytes(raw: Buffer, place: MailPlace): ReceivedMail {
  const bodyAt = bodyStartOf(raw);
  const body = raw.subarray(bodyAt);
  const header = parseHeader(raw.subarray(0, bodyAt));
  return {
    ...place,
    size: raw.length,
    header,
    structure: structureOf(header, body),
    bodyStart: body.subarray(0, limits.pushBodyBytes),
    body: body.length <= limits.pushBodyBytes ? body : undefined,
  };
}

export function structureOfBytes(raw: Buffer): BodyPart {
  const bodyAt = bodyStartOf(raw);
  return structureOf(parseHeader(raw.subarray(0, bodyAt)), raw.subarray(bodyAt));
}

/**
 * The structure a server would tell as BODYSTRUCTURE (RFC 9051 section 7.5.2), of as much as is at hand: leaves and multiparts numbered, an embedded
 * message as child of its part. Parts and depth are bounded.
 */
export function structureOf(mailHeader: Header, mailBody: Buffer): BodyPart {
  let parts = 0;
  const partOf = (header: Header, body: Buffer, part: string, depth: number): BodyPart => {
    parts += 1;
    const contentType = header.first('content-type');
    const disposition = header.first('content-disposition');
    const type = mediaTypeOf(contentType);
    const below = depth < limits.bodyDepth ? piecesOf(type, contentType, body) : [];
    return {
      part: part === '' && !type.startsWith('multipart/') ? '1' : part,
      type,
      parameters: parametersOf(contentType ?? ''),
      encoding: (header.first('content-transfer-encoding') ?? '7bit').toLowerCase(),
      size: body.length,
      disposition: disposition === undefined ? undefined : wordOf(disposition),
      filename: parameterOf(disposition, 'filename') ?? parameterOf(contentType, 'name'),
      children: below.flatMap((piece, index) => {
        const number = part === '' ? `${index + 1}` : `${part}.${index + 1}`;
        if (parts >= limits.bodyParts) return [];
        const bodyAt = bodyStartOf(piece);
        return [partOf(parseHeader(piece.subarray(0, bodyAt)), piece.subarray(bodyAt), number, depth + 1)];
      }),
    };
  };
  return partOf(mailHeader, mailBody, '', 0);
}

/** One part of a mail by its number in the structure, as transferred; undefined when it has no such part. */
export function partOfBytes(raw: Buffer, part: string): { mime: Buffer; body: Buffer } | undefined {
  let piece: Buffer | undefined = raw;
  for (const number of part.split('.')) {
    if (piece === undefined) return undefined;
    const bodyAt = bodyStartOf(piece);
    const contentType = parseHeader(piece.subarray(0, bodyAt)).first('content-type');
    const pieces = piecesOf(mediaTypeOf(contentType), contentType, piece.subarray(bodyAt));
    // What is no multipart is its own only part.
    if (pieces.length > 0 || number !== '1') piece = pieces[Number(number) - 1];
  }
  const bodyAt = piece === undefined ? 0 : bodyStartOf(piece);
  return piece && { mime: piece.subarray(0, bodyAt), body: piece.subarray(bodyAt) };
}

function piecesOf(type: string, contentType: string | undefined, body: Buffer): readonly Buffer[] {
  if (type === 'message/rfc822') return [body];
  const boundary = type.startsWith('multipart/') ? parameterOf(contentType, 'boundary') : undefined;
  return boundary === undefined ? [] : splitAtBoundary(body, boundary);
}

/** Behind the first empty line; a mail, or a part, may start with it and have no header. */
function bodyStartOf(raw: Buffer): number {
  if (raw[0] === cr && raw[1] === lf) return 2;
  const gap = raw.indexOf('\r\n\r\n');
  return gap < 0 ? raw.length : gap + 4;
}

const [cr, lf] = [0x0d, 0x0a];

/** More parameters than these are no mail's. */
const parametersLooked = 20;

function parametersOf(contentType: string): Record<string, string> {
  const named = contentType.split(';', parametersLooked).slice(1);
  const names = named.map((parameter) => wordOf(parameter.split('=', 1)[0] ?? ''));
  return Object.fromEntries(names.map((name) => [name, parameterOf(contentType, name) ?? '']));
}

function wordOf(value: string): string {
  return (value.split(';', 1)[0] ?? '').trim().toLowerCase();
}
