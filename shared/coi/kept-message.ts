import type { Pin } from './mail-record.ts';
import type { MessageEvent } from './message-event.ts';
import type { Address } from './received-mail.ts';

/** What is kept of a message for the state of its conversation: all that `replay` needs, and no more. */
export type KeptMessage = {
  /** Sort key in its conversation, see `messageKey`. */
  readonly key: string;
  readonly messageId: string;
  readonly inReplyTo: string | undefined;
  readonly from: Address;
  readonly to: readonly Address[];
  readonly receivedAt: number;
  readonly kind: string;
  readonly own: boolean;
  readonly seen: boolean;
  readonly preview: string | undefined;
  readonly event: MessageEvent | undefined;
  /** See `MailRecord`. */
  readonly title: string | undefined;
  readonly removed: readonly string[];
  readonly pinned: Pin | undefined;
  /** A client that decrypted it says that there are no words for people in it. */
  readonly silent?: boolean;
  /** A client says that it belongs to another conversation, where it is now. */
  readonly movedTo?: string;
  /** The conversation where its mail is known, for one that was moved here: it does not tell who is in this one. */
  readonly home?: string;
};

/** What other messages made of one. Everything in it comes from those, so it can be made again at any time. */
export type MessageFold = {
  /** It is not shown itself: an edit that was applied, a reaction, a report. */
  readonly hidden: boolean;
  /** The message that holds the text now, and when that came. */
  readonly edited: { readonly key: string; readonly at: number } | undefined;
  readonly deletedAt: number | undefined;
  readonly reactions: readonly { readonly by: string; readonly emoji: string }[];
  readonly receipts: readonly { readonly by: string; readonly at: number }[];
  /** Recipients it did not reach. */
  readonly bounces: readonly { readonly recipient: string; readonly at: number }[];
};

export const noFold: MessageFold = {
  hidden: false,
  edited: undefined,
  deletedAt: undefined,
  reactions: [],
  receipts: [],
  bounces: [],
};

/**
 * Of a message that nothing was made of yet. One that changes others is not shown before it is known whether it does: it would
 * be a message like others for a moment, to be answered even.
 */
export function firstFold({ event }: Pick<KeptMessage, 'event'>): MessageFold {
  return event === undefined ? noFold : { ...noFold, hidden: true };
}
