import type { AccountFacts, FolderRole, ReceivedMail } from '../../coi/received-mail.ts';
import type { MailSession } from '../../imap/mail-session.ts';
import type { Account, FolderCursor } from '../../store/items.ts';
import type { Services } from '../services.ts';

export type WatchedFolder = { readonly path: string; readonly role: FolderRole };

/** A mail that devices show a notification of, which they would take back. */
export type ToldMail = {
  readonly folder: string;
  readonly uidValidity: number;
  readonly uid: number;
  readonly conversationId: string;
};

/** What one connection to one account carries from check to check. Whoever holds it is the only one to change it. */
export type AccountCheck = {
  readonly services: Services;
  /** As it was stored when the connection was made, with what the check itself changed of it. */
  account: Account;
  readonly facts: AccountFacts;
  readonly session: MailSession;
  /** Looked up anew from time to time; INBOX comes last. */
  folders: readonly WatchedFolder[];
  /** Nothing was ever checked of this account: whatever lies there is old news. */
  isFirst: boolean;
  /** How far each folder is dealt with, as last written to the store. */
  readonly cursors: Map<string, FolderCursor>;
  /** How far INBOX was looked through for chat mails to move, as last written to the store. */
  filed: FolderCursor | undefined;
  /** Mails that devices were told of and would take back: what other clients read of them is looked for. */
  told?: readonly ToldMail[];
  /** Told of mails that were found above a cursor and taken in. */
  onTaken?: ((mails: readonly ReceivedMail[]) => void) | undefined;
  /** The generation of the lease under which the account is watched, at each moment; without one, nobody else may watch it. */
  readonly generation?: (() => number) | undefined;
};

/** Another worker moved a cursor of this account: this one must stop and start again from what is stored. */
export class CursorTaken extends Error {
  constructor() {
    super('another worker checks this account');
    this.name = 'CursorTaken';
  }
}
