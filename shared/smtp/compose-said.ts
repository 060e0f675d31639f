import type { Address } from '../coi/received-mail.ts';
import type { MailPart } from './compose-part.ts';

/** What a message says, before it is put into the parts of a mail. */
export type Said = {
  /** What every program shows. Empty only where attachments say it all. */
  readonly text: string;
  /** The same for programs that know more: the richest last (RFC 2046 section 5.1.4). */
  readonly others?: readonly MailPart[];
  /** What comes with it in parts of its own. */
  readonly attached?: readonly MailPart[];
  /** Fields of the mail. */
  readonly fields?: Readonly<Record<string, string>>;
  /** Fields of the text's own part. */
  readonly textFields?: Readonly<Record<string, string>>;
  /** Fields of a multipart/mixed around all of it, which a text alone gets too. */
  readonly around?: Readonly<Record<string, string>>;
  /** Where answers go to, when that is not its sender. */
  readonly replyTo?: readonly Address[];
};

/** The message that another one is about. Message-IDs with angle brackets. */
export type About = {
  /** As it was first sent. */
  readonly root: string;
  /** Its last edit, or else itself. */
  readonly latest: string;
};
