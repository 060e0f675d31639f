import type { MessageEvent } from './message-event.ts';
import type { Address } from './received-mail.ts';

/** What kind of mail this is; the first fitting row of the classification order wins. */
export type MailClass =
  | 'ignored'
  | 'mdn'
  | 'dsn'
  | 'sync'
  | 'own'
  | 'handshake'
  | 'post'
  | 'storage'
  | 'edit'
  | 'delete'
  | 'reaction'
  | 'event'
  | 'chat'
  | 'mail';

/** Which COI rule made it a chat mail (COI client spec, "Filter COI messages"). */
export type ChatRule = 'chat-version' | 'references' | 'message-id';

/** The conversation a mail belongs to. `id` is scoped to the account, URL-safe and always the same for the same facts. */
export type ConversationRef = {
  readonly id: string;
  readonly kind: 'direct' | 'group' | 'list';
  readonly title: string;
  /** Everybody but the account itself. */
  readonly participants: readonly Address[];
  /** As written by the sender, case kept. */
  readonly groupId: string | undefined;
};

export type Attachment = {
  readonly part: string;
  readonly type: string;
  readonly filename: string | undefined;
  readonly size: number;
  /** Number of the part that is a small stand-in for this one (COI client spec, "Preview"). */
  readonly preview: string | undefined;
};

/** Degrees north of the equator (-90 to 90) and east of Greenwich (-180 to 180). */
export type Location = { readonly latitude: number; readonly longitude: number };

/** Shown above the conversation until then (ms), or for as long as nothing else is pinned. */
export type Pin = { readonly until: number | undefined };

/** Everything the service keeps or tells of one mail; no body in it. */
export type MailRecord = {
  readonly class: MailClass;
  readonly matchedBy: ChatRule | undefined;
  /** With angle brackets; made from folder, UIDVALIDITY and UID when the mail has none. */
  readonly messageId: string;
  readonly inReplyTo: string | undefined;
  readonly from: Address;
  /** To and Cc, in order, each address once. */
  readonly to: readonly Address[];
  /** Decoded, without Re:/Fwd: prefixes; undefined when empty. */
  readonly subject: string | undefined;
  /** The `Date` field in ms, when it can be read. */
  readonly date: number | undefined;
  readonly receivedAt: number;
  readonly encrypted: boolean;
  readonly conversation: ConversationRef;
  /** What is said: `text`, `image`, `location`, `group-left`... */
  readonly kind: string;
  /** The value of `Chat-Content` where it is a client's own. */
  readonly extension: string | undefined;
  /** What the mail does to other messages; undefined for one that says something itself. */
  readonly event: MessageEvent | undefined;
  /** The name of its group or list, where the mail also says who is in it (a chat client's, not a mail program's answer). */
  readonly title: string | undefined;
  /** Members this mail says are out: its sender when he leaves. */
  readonly removed: readonly string[];
  readonly pinned: Pin | undefined;
  readonly location: Location | undefined;
  /** The sender wants it forgotten this long (ms) after it came (Delta Chat's `Ephemeral-Timer`). */
  readonly forgetAfterMs: number | undefined;
  readonly attachments: readonly Attachment[];
  /** The account is mentioned (`@Name:address`, `@all`, or an html mention). */
  readonly mention: boolean;
  /** Somebody calls, and can be answered for about a minute. */
  readonly call: boolean;
  /** The sender asks for a read receipt, and for himself. */
  readonly receiptRequested: boolean;
  /** First words of the text, decoded, quotes and signature left out; undefined when unknown or encrypted. */
  readonly preview: string | undefined;
  readonly seen: boolean;
  readonly size: number;
};
