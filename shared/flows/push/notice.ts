import type { Alert } from '../../coi/alert.ts';
import type { Conversation, Message, ToldStatus } from '../../store/items.ts';

/** What only the mail itself tells; none of it is stored. */
export type MailAtHand = {
  readonly subject: string | undefined;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  readonly body: Buffer | undefined;
  readonly preview: string | undefined;
};

/** What devices are told of one message. `mail` is there only while the mail itself is at hand: bodies are not stored. */
export type MessageNotice = {
  readonly message: Message;
  readonly conversation: Conversation | undefined;
  readonly alert: Pick<Alert, 'ttlSeconds' | 'urgency'>;
  readonly mail: MailAtHand | undefined;
  /** Of how many messages it is the newest that are told of in one; left out for a message by itself. */
  readonly count?: number;
};

/** What somebody did to a message: what devices are told of it, beside whose it was. */
export type ChangeNotice = Omit<MessageNotice, 'alert'> & {
  readonly alert: { readonly ttlSeconds: number; readonly urgency: 'normal' | 'low' };
  readonly changed: {
    readonly kind: 'edit' | 'delete' | 'reaction';
    /** Of the message that was changed. */
    readonly key: string;
    readonly emoji?: string;
  };
};

/** What devices are told of the account itself. */
export type StatusNotice = {
  readonly accountId: string;
  readonly status: ToldStatus;
  readonly alert: Pick<Alert, 'ttlSeconds' | 'urgency'>;
};

/** A conversation was read elsewhere. */
export type SeenNotice = {
  /** As it is now. */
  readonly seen: Conversation;
  readonly alert: { readonly ttlSeconds: number; readonly urgency: 'low' };
};

/** What a device is owed, whatever its push service says at first. */
export type LastingNotice = MessageNotice | StatusNotice;

export type Notice = LastingNotice | ChangeNotice | SeenNotice;
