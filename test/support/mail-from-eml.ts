import { mailOfBytes } from '../../shared/coi/mail-of-bytes.ts';
import type { FolderRole, ReceivedMail } from '../../shared/coi/received-mail.ts';

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
  return mailOfBytes(raw, {
    folder: place.folder ?? 'INBOX',
    folderRole: place.folderRole ?? 'inbox',
    uidValidity: 1,
    uid: place.uid ?? 2,
    receivedAt: place.receivedAt ?? receivedAt,
    flags: place.flags ?? [],
  });
}
