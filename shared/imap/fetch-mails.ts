import type { FetchMessageObject, FetchQueryObject } from 'imapflow';
import { structureOf } from '../coi/mail-of-bytes.ts';
import type { FolderRole, ReceivedMail } from '../coi/received-mail.ts';
import { limits } from '../core/limits.ts';
import type { LeanClient } from './lean-client.ts';
import { fetchQuery, receivedMailOf } from './received-mail-of.ts';

/** The folder that is open. */
export type OpenPlace = { readonly folder: string; readonly role: FolderRole; readonly uidValidity: number };

/** Mails of the open folder, by UIDs, one by one as they come. */
export async function* fetchMails(
  client: LeanClient,
  range: string,
  place: OpenPlace,
): AsyncGenerator<ReceivedMail> {
  for await (const message of client.fetch(range, fetchQuery, { uid: true })) {
    if (isMail(message)) yield receivedMailOf(message, place);
  }
}

/**
 * The same, of mails one of which makes an answer larger than any is taken: the fields and parts of a mail, and their names,
 * are as many and as long as its sender likes. Everything is asked for up to a length, and the structure, which has none, of
 * small mails only. That of others is taken from the beginning of their body.
 */
export async function* fetchMailsCarefully(
  client: LeanClient,
  range: string,
  place: OpenPlace,
): AsyncGenerator<ReceivedMail> {
  const messages = (await client.fetchAll(range, boundedQuery, { uid: true })).filter(isMail);
  const small = messages.filter(
    ({ size = Number.POSITIVE_INFINITY }) => size <= limits.carefulStructureBytes,
  );
  const structures = new Map<number, FetchMessageObject>();
  if (small.length > 0) {
    const query = { uid: true, bodyStructure: true };
    const uids = small.map(({ uid }) => uid).join(',');
    for await (const message of client.fetch(uids, query, { uid: true }))
      structures.set(message.uid, message);
  }
  for (const message of messages) {
    const bodyStructure = structures.get(message.uid)?.bodyStructure;
    const mail = receivedMailOf(bodyStructure === undefined ? message : { ...message, bodyStructure }, place);
    yield bodyStructure === undefined
      ? { ...mail, structure: structureOf(mail.header, mail.bodyStart) }
      : mail;
  }
}

/** Whole headers, for parts of one can be cut and a choice of fields cannot (imapflow 2.10). */
const boundedQuery: FetchQueryObject = {
  uid: true,
  flags: true,
  internalDate: true,
  size: true,
  bodyParts: [{ key: 'header', start: 0, maxLength: limits.headerBytes }, ...(fetchQuery.bodyParts ?? [])],
};

/** Rows without a header are flag changes that the server tells in passing. */
function isMail({ headers }: FetchMessageObject): boolean {
  return headers !== undefined;
}
