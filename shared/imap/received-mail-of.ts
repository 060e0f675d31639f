import type { FetchMessageObject, FetchQueryObject, MessageStructureObject } from 'imapflow';
import { parseHeader } from '../coi/header.ts';
import type { BodyPart, FolderRole, ReceivedMail } from '../coi/received-mail.ts';
import { limits } from '../core/limits.ts';

/** Header fields that classification and metadata need; the rest of a header can be a megabyte. */
const headerFields = [
  'Message-ID',
  'X-Microsoft-Original-Message-ID',
  'Date',
  'From',
  'Sender',
  'To',
  'Cc',
  'Reply-To',
  'Subject',
  'In-Reply-To',
  'References',
  'MIME-Version',
  'Content-Type',
  'Content-Disposition',
  'Content-Transfer-Encoding',
  'Chat-Version',
  'Chat-Content',
  'Chat-Group-ID',
  'Chat-Group-Name',
  'Chat-Group-Name-Changed',
  'Chat-Group-Description-Changed',
  'Chat-Group-Avatar',
  'Chat-Group-Member-Added',
  'Chat-Group-Member-Removed',
  'Chat-Edit',
  'Chat-Delete',
  'Chat-Is-Post-Message',
  'Chat-Voice-Message',
  'Chat-Disposition-Notification-To',
  'Disposition-Notification-To',
  'Disposition-Notification-Options',
  'Original-Message-ID',
  'X-Failed-Recipients',
  'X-COI-Temporary-Token',
  'Iroh-Node-Addr',
  'Secure-Join',
  'Autocrypt-Setup-Message',
  'Ephemeral-Timer',
  'Auto-Submitted',
  'Precedence',
  'Return-Path',
  'List-Id',
  'List-Post',
  'List-Unsubscribe',
  'X-Mozilla-Draft-Info',
  'DKIM-Signature',
  'Authentication-Results',
];

const bodyKey = 'text';

/** One command for all there is to know of a mail; `maxLength` one above the limit tells a longer body from a fitting one. */
export const fetchQuery: FetchQueryObject = {
  uid: true,
  flags: true,
  internalDate: true,
  size: true,
  bodyStructure: true,
  headers: headerFields,
  bodyParts: [{ key: bodyKey, start: 0, maxLength: limits.pushBodyBytes + 1 }],
};

export function receivedMailOf(
  message: FetchMessageObject,
  place: { readonly folder: string; readonly role: FolderRole; readonly uidValidity: number },
): ReceivedMail {
  const body = message.bodyParts?.get(bodyKey);
  const receivedAt = new Date(message.internalDate ?? 0).getTime();
  return {
    folder: place.folder,
    folderRole: place.role,
    uidValidity: place.uidValidity,
    uid: message.uid,
    receivedAt: Number.isFinite(receivedAt) ? receivedAt : 0,
    flags: [...(message.flags ?? [])],
    size: message.size ?? 0,
    header: parseHeader(message.headers ?? Buffer.alloc(0)),
    structure: bodyPartOf(message.bodyStructure),
    bodyStart: body?.subarray(0, limits.pushBodyBytes) ?? Buffer.alloc(0),
    body: body !== undefined && body.length <= limits.pushBodyBytes ? body : undefined,
  };
}

const unknownStructure: BodyPart = {
  part: '1',
  type: 'text/plain',
  parameters: {},
  encoding: '7bit',
  size: 0,
  disposition: undefined,
  filename: undefined,
  children: [],
};

/** imapflow's tree as ours, with parts and depth bounded: the sender chose both. */
function bodyPartOf(root: MessageStructureObject | undefined): BodyPart {
  if (root === undefined) return unknownStructure;
  let parts = 0;
  const convert = (node: MessageStructureObject, depth: number): BodyPart => {
    parts += 1;
    const children = depth >= limits.bodyDepth ? [] : (node.childNodes ?? []);
    return {
      part: node.part ?? (children.length > 0 ? '' : '1'),
      type: node.type.toLowerCase(),
      parameters: node.parameters ?? {},
      encoding: (node.encoding ?? '7bit').toLowerCase(),
      size: node.size ?? 0,
      disposition: node.disposition?.toLowerCase(),
      filename: node.dispositionParameters?.['filename'] ?? node.parameters?.['name'],
      children: children.flatMap((child) => (parts < limits.bodyParts ? [convert(child, depth + 1)] : [])),
    };
  };
  return convert(root, 0);
}
