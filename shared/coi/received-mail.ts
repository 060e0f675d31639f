import type { Header } from './header.ts';

/** One body part as BODYSTRUCTURE tells it (RFC 9051 section 7.5.2); type, names and encoding are lower case. */
export type BodyPart = {
  /** IMAP part number: `1`, `2.1`; empty for a multipart at the top. */
  readonly part: string;
  /** `text/plain`, `multipart/mixed`... */
  readonly type: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** Content-Transfer-Encoding: `7bit`, `base64`... */
  readonly encoding: string;
  /** Size in bytes as transferred. */
  readonly size: number;
  readonly disposition: string | undefined;
  readonly filename: string | undefined;
  readonly children: readonly BodyPart[];
};

/** What a folder is for. `chats` and `contacts` are those below the COI mailbox root (COI server spec). */
export type FolderRole =
  | 'inbox'
  | 'chats'
  | 'contacts'
  | 'drafts'
  | 'sent'
  | 'trash'
  | 'junk'
  | 'all'
  | 'other';

/** One mail as the watch fetched it: header fields, structure, and the body only where it is small. */
export type ReceivedMail = {
  readonly folder: string;
  readonly folderRole: FolderRole;
  readonly uidValidity: number;
  readonly uid: number;
  /** INTERNALDATE in ms since the epoch: when the mailbox got it. The `Date` field is the sender's claim. */
  readonly receivedAt: number;
  readonly flags: readonly string[];
  /** RFC822.SIZE in bytes. */
  readonly size: number;
  readonly header: Header;
  readonly structure: BodyPart;
  /** The beginning of the body as transferred (still encoded), at least the first `limits.pushBodyBytes`. */
  readonly bodyStart: Buffer;
  /** The whole body, or undefined when it is larger than `limits.pushBodyBytes`. */
  readonly body: Buffer | undefined;
};

/** A mail address; `address` is normalised (trimmed, lower case), `name` is decoded. */
export type Address = { readonly address: string; readonly name: string | undefined };

/** What reading a mail needs to know of the account it came to. */
export type AccountFacts = {
  /** The account's own address and its aliases, normalised. */
  readonly addresses: readonly string[];
};
