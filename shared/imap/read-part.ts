import { limits } from '../core/limits.ts';
import type { LeanClient } from './lean-client.ts';

/** A body part as transferred: still encoded. */
export type MailPart = { readonly mime: Buffer; readonly body: Buffer; readonly truncated: boolean };

/** Reads one part, at most `limitBytes` of it, without marking the mail as read; undefined when there is no such mail or part. */
export async function readPart(
  client: LeanClient,
  uid: number,
  part: string,
  limitBytes: number,
): Promise<MailPart | undefined> {
  const mimeKey = `${part}.mime`;
  const header = { start: 0, maxLength: limits.headerBytes };
  const query = {
    bodyParts: [
      { key: mimeKey, ...header },
      ...(part === '1' ? [{ key: 'header', ...header }] : []),
      { key: part, start: 0, maxLength: limitBytes + 1 },
    ],
  };
  const message = await client.fetchOne(String(uid), query, { uid: true });
  const body = message === false ? undefined : message.bodyParts?.get(part);
  if (message === false || body === undefined) return undefined;
  const mime = message.bodyParts?.get(mimeKey);
  // A mail of one part has its MIME header at the top; some servers give none for `1.MIME`.
  const top = part === '1' ? message.headers : undefined;
  return {
    mime: (mime?.includes(':') ? mime : top) ?? Buffer.alloc(0),
    body: body.subarray(0, limitBytes),
    truncated: body.length > limitBytes,
  };
}
