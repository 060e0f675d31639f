import { type Header, parseHeader } from '../coi/header.ts';
import { limits } from '../core/limits.ts';
import type { LeanClient } from './lean-client.ts';

/** A mail as it lies in the folder. */
export type RawMail = {
  readonly uid: number;
  readonly flags: readonly string[];
  /** Undefined when the mail is larger than was asked for. */
  readonly source: Buffer | undefined;
};

/** Mails of the open folder, one after the other, so that only one is held; those that are gone are left out. */
export async function fetchRaw(
  client: LeanClient,
  uids: readonly number[],
  limitBytes: number,
  take: (mail: RawMail) => void,
): Promise<void> {
  const query = { uid: true, flags: true, source: { start: 0, maxLength: limitBytes + 1 } };
  for await (const { uid, flags, source } of client.fetch(uids.join(','), query, { uid: true })) {
    // Rows without a source are flag changes that the server tells in passing.
    if (source === undefined) continue;
    take({ uid, flags: [...(flags ?? [])], source: source.length > limitBytes ? undefined : source });
  }
}

/**
 * Some header fields of mails of the open folder.
 *
 * @param isBounded asks for the beginning of each header instead: fields that are named may be of any size
 */
export async function fetchFields(
  client: LeanClient,
  uids: readonly number[],
  fields: readonly string[],
  isBounded: boolean,
): Promise<{ uid: number; header: Header }[]> {
  const found: { uid: number; header: Header }[] = [];
  const query = isBounded
    ? { uid: true, bodyParts: [{ key: 'header', start: 0, maxLength: limits.headerBytes }] }
    : { uid: true, headers: [...fields] };
  for await (const { uid, headers } of client.fetch(uids.join(','), query, { uid: true })) {
    if (headers !== undefined) found.push({ uid, header: parseHeader(headers) });
  }
  return found;
}
