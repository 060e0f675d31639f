import { mediaTypeOf, parameterOf } from '../../shared/coi/content-type.ts';
import { parseHeader } from '../../shared/coi/header.ts';
import type { BodyPart, FolderRole, ReceivedMail } from '../../shared/coi/received-mail.ts';
import { limits } from '../../shared/core/limits.ts';

/** Where a mail lies; whatever is not given is that of a new mail in the inbox. */
export type MailPlace = {
  readonly folder?: string | undefined;
  readonly folderRole?: FolderRole | undefined;
  readonly uid?: number | undefined;
  readonly receivedAt?: number | undefined;
  readonly flags?: readonly string[] | undefined;
};

/** When a mail was received, unless a test says otherwise. */
export const receivedAt = Date.UTC(2026, 2, 14, 9, 26, 53);

/** A raw mail as the watch would have fetched it from a server. */
export function mailFromEml(raw: Buffer, place: MailPlace = {}): ReceivedMail {
  const bodyAt = bodyStartOf(raw);
  const body = raw.subarray(bodyAt);
  return {
    folder: place.folder ?? 'INBOX',
    folderRole: place.folderRole ?? 'inbox',
    uidValidity: 1,
    uid: place.uid ?? 2,
    receivedAt: place.receivedAt ?? receivedAt,
    flags: place.flags ?? [],
    size: raw.length,
    header: parseHeader(raw.subarray(0, bodyAt)),
    structure: structureOf(raw, '', 0),
    bodyStart: body.subarray(0, limits.pushBodyBytes),
    body: body.length <= limits.pushBodyBytes ? body : undefined,
  };
}

/** BODYSTRUCTURE as a server makes it: leaves and multiparts numbered, an embedded message as child of its part. */
function structureOf(raw: Buffer, part: string, depth: number): BodyPart {
  const bodyAt = bodyStartOf(raw);
  const header = parseHeader(raw.subarray(0, bodyAt));
  const body = raw.subarray(bodyAt);
  const contentType = header.first('content-type');
  const disposition = header.first('content-disposition');
  const type = mediaTypeOf(contentType);
  const children = depth < limits.bodyDepth ? childrenOf({ type, contentType, body, part, depth }) : [];
  return {
    part: part === '' && !type.startsWith('multipart/') ? '1' : part,
    type,
    parameters: parametersOf(contentType ?? ''),
    encoding: (header.first('content-transfer-encoding') ?? '7bit').toLowerCase(),
    size: body.length,
    disposition: disposition === undefined ? undefined : wordOf(disposition),
    filename: parameterOf(disposition, 'filename') ?? parameterOf(contentType, 'name'),
    children,
  };
}

function childrenOf(of: {
  type: string;
  contentType: string | undefined;
  body: Buffer;
  part: string;
  depth: number;
}): BodyPart[] {
  const below = (index: number) => (of.part === '' ? `${index + 1}` : `${of.part}.${index + 1}`);
  if (of.type === 'message/rfc822') return [structureOf(of.body, below(0), of.depth + 1)];
  if (!of.type.startsWith('multipart/')) return [];
  const boundary = parameterOf(of.contentType, 'boundary');
  return boundary === undefined
    ? []
    : piecesOf(of.body, boundary)
        .slice(0, limits.bodyParts)
        .map((piece, index) => structureOf(piece, below(index), of.depth + 1));
}

/** What lies between the boundary lines, also when the closing one is missing. */
function piecesOf(body: Buffer, boundary: string): Buffer[] {
  const pieces: string[][] = [];
  for (const line of body.toString('latin1').split('\r\n')) {
    if (line.trimEnd() === `--${boundary}--`) break;
    if (line.trimEnd() === `--${boundary}`) pieces.push([]);
    else pieces.at(-1)?.push(line);
  }
  return pieces.map((lines) => Buffer.from(lines.join('\r\n'), 'latin1'));
}

function bodyStartOf(raw: Buffer): number {
  if (raw.subarray(0, 2).equals(Buffer.from('\r\n'))) return 2;
  const gap = raw.indexOf('\r\n\r\n');
  return gap < 0 ? raw.length : gap + 4;
}

function parametersOf(contentType: string): Record<string, string> {
  const named = contentType.split(';').slice(1, 20);
  const names = named.map((parameter) => wordOf(parameter.split('=', 1)[0] ?? ''));
  return Object.fromEntries(names.map((name) => [name, parameterOf(contentType, name) ?? '']));
}

function wordOf(value: string): string {
  return (value.split(';', 1)[0] ?? '').trim().toLowerCase();
}
