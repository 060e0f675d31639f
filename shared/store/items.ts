import type { AddressBook } from '../coi/address-book.ts';
import type { ConversationState } from '../coi/conversation-state.ts';
import type { KeptMessage, MessageFold } from '../coi/kept-message.ts';
import type { Attachment, Location } from '../coi/mail-record.ts';
import type { QuietHours } from '../coi/quiet-hours.ts';
import type { UnknownSenders } from '../coi/sender-standing.ts';
import type { Capabilities } from '../core/capabilities.ts';

/** The shapes of what the table holds, after parsing. Times are ms since the epoch unless a name says otherwise. */

export type HostSettings = {
  readonly host: string;
  readonly port: number;
  readonly tls: 'implicit' | 'starttls';
  readonly user: string;
};

export type WatchSetting = 'auto' | 'idle' | 'poll';

/** `serverpush`: the mail server pushes by itself; checks only keep the conversations current. */
export type WatchMode = WatchSetting | 'serverpush';

export type AccountSettings = {
  readonly messageFilter: 'none' | 'active' | 'seen';
  readonly readReceipts: 'never' | 'always';
  readonly unknownSenders: UnknownSenders;
  readonly quietHours?: QuietHours | undefined;
  readonly watch: WatchSetting;
  /** Whether first words of messages may be stored with the metadata. */
  readonly storePreviews: boolean;
};

export type AccountStatus = 'ok' | 'login-refused' | 'unreachable' | 'paused';

/** An alias that is wanted, and the mail that proves it when it comes back. */
export type UnprovenAlias = { readonly address: string; readonly messageId: string; readonly sentAt: number };

export type Account = {
  readonly id: string;
  readonly email: string;
  /** Proven to be the account's: it may write as each. */
  readonly aliases: readonly string[];
  readonly unproven: readonly UnprovenAlias[];
  readonly displayName: string | undefined;
  readonly status: AccountStatus;
  readonly imap: HostSettings;
  readonly smtp: HostSettings;
  /** The account's data key, wrapped by the keyring and bound to the account id. */
  readonly wrappedKey: string;
  /** `{ "password": ... }` or `{ "oauth": ... }` sealed with the data key. */
  readonly sealedCredentials: string;
  /** Until when somebody has the renewal of its access token to themselves; undefined while nobody has. */
  readonly refreshUntil?: number | undefined;
  readonly capabilities: Capabilities;
  /** What a COI server calls the folder above Chats and Contacts; undefined for `COI`, as everywhere else. */
  readonly mailboxRoot: string | undefined;
  /** The VAPID key that the mail server pushes with by itself, base64url of the point; undefined where we push. */
  readonly serverPushKey: string | undefined;
  /** It was admitted by an invitation, and is ever since. */
  readonly isInvited: boolean;
  readonly settings: AccountSettings;
  readonly createdAt: number;
  /** Since when there is an address book to ask about messages; undefined while there is none. */
  readonly addressBookAt: number | undefined;
  /** Counts the writes; a change is conditional on it. */
  readonly version: number;
};

/** `version` is the one that was read, 0 for a new one. */
export type StoredAddressBook = AddressBook & { readonly accountId: string; readonly version: number };

export type Session = {
  readonly accountId: string;
  readonly id: string;
  /** SHA-256 of the token's secret, base64url. The token itself is never stored. */
  readonly secretHash: string;
  readonly deviceName: string | undefined;
  readonly createdAt: number;
  readonly expiresAt: number;
};

/** How far a folder was read: every UID below `uidNext` is dealt with, under this UIDVALIDITY. */
export type FolderCursor = { readonly uidValidity: number; readonly uidNext: number };

/** What a watcher needs to find of an account, without its secrets. One item for all its folders. */
export type Watch = {
  readonly accountId: string;
  readonly host: string;
  readonly mode: WatchMode;
  /** When a message was last kept of it, or its user was last there: by a call of a device, or a message that was sent. */
  readonly lastActivityAt: number;
  /** When a message was last kept of it; undefined until there is one. */
  readonly lastMessageAt: number | undefined;
  readonly folders: Readonly<Record<string, FolderCursor>>;
  /** How far INBOX was looked through for chat mail to move away; undefined until that was asked for. */
  readonly filed: FolderCursor | undefined;
  /** When something was last stored of the account that a connection to it has to be made anew for. */
  readonly changedAt: number | undefined;
  /** How often something changed that devices show, of the account as a whole and of its address book. */
  readonly news: { readonly all: number; readonly contacts: number };
  /** Only while there is any. */
  readonly trouble?: WatchTrouble | undefined;
};

/** That a mailbox could not be reached, or that its server wants to be asked less. */
export type WatchTrouble = {
  /** In a row, a throttle counting as two. */
  readonly failures: number;
  /** It is not tried again before. */
  readonly retryAt: number;
  /** Until then it is polled, whatever its mode. */
  readonly pollUntil: number | undefined;
};

/** A mail server that is left alone for a while, because too many connections to it failed. Others have no row. */
export type HostCircuit = {
  readonly host: string;
  /** Nobody connects before. */
  readonly shutUntil: number;
  /** How many times in a row it was found to be in trouble. */
  readonly openings: number;
  /** After `shutUntil`, one connection proves whether it is well again; another one may only after this. */
  readonly probeUntil: number | undefined;
  /** Counts the writes; a change is conditional on it. */
  readonly version: number;
};

/**
 * Who holds the connections of a partition. Each change of hands raises the generation, which goes with every cursor the
 * holder moves: a worker that was taken for dead and comes back moves none.
 */
export type Lease = {
  readonly partition: number;
  /** Undefined after it was given up. */
  readonly workerId: string | undefined;
  readonly generation: number;
  /** When it was given up, by the clock of who held it. */
  readonly releasedAt: number | undefined;
};

/** A process that holds connections, or is about to. */
export type Worker = {
  readonly id: string;
  /** `draining`: it hands over, and whoever is told to may take its partitions. `dead`: so do they. */
  readonly state: 'starting' | 'running' | 'draining' | 'dead';
  /** The process that runs it; undefined until one does. */
  readonly instance: string | undefined;
  /** Connections it may hold, and holds. */
  readonly capacity: number;
  readonly sessions: number;
  /** The partitions that it is to hold, and how often they were changed. */
  readonly partitions: readonly number[];
  readonly version: number;
  /**
   * Until when it promised, by its own clock, to give another sign of life; of a dead one, when it was found to be. Each
   * sign of life changes it, which tells a living worker whose clock is wrong from a dead one.
   */
  readonly aliveUntil: number;
  /** When it will begin to hand over; undefined for one without an end. */
  readonly drainsAt: number | undefined;
};

export type StoredAddress = { readonly address: string; readonly name: string | undefined };

/** `version` is the one that was read, 0 for a new one. */
export type Conversation = ConversationState & { readonly accountId: string; readonly version: number };

export type Outgoing = 'queued' | 'sending' | 'sent' | 'refused' | 'partly-refused' | 'unknown';

/** Where a mail lies. */
export type Place = {
  readonly folder: string;
  readonly uidValidity: number;
  readonly uid: number;
  /** The mail was dealt with for good, though the cursor of this folder need not have passed it. */
  readonly isDone?: boolean;
};

export type Message = KeptMessage & {
  readonly accountId: string;
  readonly conversationId: string;
  /** The sender's `Date`, when it can be read. */
  readonly date: number | undefined;
  readonly encrypted: boolean;
  readonly mention: boolean;
  readonly receiptRequested: boolean;
  readonly size: number;
  readonly attachments: readonly Attachment[];
  /** What `Chat-Content` said, where it is no value of the COI client spec or Delta Chat: a client's own extension. */
  readonly extension: string | undefined;
  /** Degrees north and east. */
  readonly location: Location | undefined;
  /** Where the mail lay when it was read; undefined for a sent one of which no copy is known. */
  readonly place: Place | undefined;
  readonly outgoing: Outgoing | undefined;
  /** Undefined where everybody got it, or that is not known. */
  readonly undelivered?: Undelivered | undefined;
  /** What other messages made of it. */
  readonly fold: MessageFold;
  /** Where its mail is known: the conversations it was moved to by clients, the last one being where it is. */
  readonly moves?: readonly string[];
  readonly expiresAt: number;
};

/** `at-server`: the mail server has it and pushes to it; kept without its target, and nothing is pushed to it from here. */
export type SubscriptionState = 'pending' | 'active' | 'needs-resubscribe' | 'at-server';

/** Where pushes go, and the keys they are encrypted and signed with. */
export type SubscribedTarget = Pick<Subscription, 'endpoint' | 'p256dh' | 'auth' | 'vapidKeyId'>;

export type Subscription = {
  readonly accountId: string;
  readonly id: string;
  /** The session that made it last: signing that device out ends the subscription. */
  readonly sessionId: string;
  readonly client: string;
  readonly device: string;
  readonly msgtype: 'chat' | 'mail' | 'all';
  readonly endpoint: string;
  /** base64url of the 65-byte point, and of the 16-byte secret. */
  readonly p256dh: string;
  readonly auth: string;
  readonly content: 'full' | 'preview' | 'none';
  readonly silentOk: boolean;
  /** Each message is pushed, also of many at once. */
  readonly everyMessage: boolean;
  /** Edits and deletions are pushed, where silent pushes are welcome. */
  readonly edits: boolean;
  /** Reactions to the account's own messages are pushed. */
  readonly reactions: boolean;
  readonly excludeFrom: readonly string[];
  readonly vapidKeyId: string;
  readonly state: SubscriptionState;
  /** SHA-256 of the last validation text sent, when it stops being accepted, and how many wrong texts came for it. */
  readonly validationHash: string | undefined;
  readonly validationUntil: number | undefined;
  readonly validationFailures: number;
  /** A new target waiting for its validation; until then pushes still go to the old one. */
  readonly replacement: SubscribedTarget | undefined;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly lastSuccessAt: number | undefined;
  /** Non-retryable refusals in a row. */
  readonly failures: number;
  /** The last of them said that the subscription was made with another key. */
  readonly vapidMismatch: boolean;
  /** The largest payload that its push service was found to take, and until when that is believed (ms). */
  readonly cap: { readonly bytes: number; readonly until: number } | undefined;
  readonly version: number;
};

/** What became of a sent message for those who have not got it. */
export type Undelivered = {
  /** Whom the server refused for good. */
  readonly refused: readonly string[];
  /** To whom it is going to be sent again. */
  readonly waiting: readonly string[];
  /** The reply code with which the server refused last (RFC 5321 section 4.2); undefined where no reply was the reason. */
  readonly code: number | undefined;
};

/** A mail on its way out. The sealed mail is dropped as soon as its fate is known, or will not be known any more. */
export type OutgoingMail = {
  readonly accountId: string;
  readonly messageId: string;
  readonly conversationId: string;
  readonly messageKey: string;
  /** A read receipt: the message is the one it is for. */
  readonly isReceipt?: boolean;
  readonly state: Outgoing;
  readonly recipients: readonly string[];
  /** Those it is still to reach; undefined for all, before any of them was answered for. */
  readonly left?: readonly string[] | undefined;
  /** Those whom the server refused for good. */
  readonly refused?: readonly string[] | undefined;
  /** The reply code of the last refusal. */
  readonly code?: number | undefined;
  /** Where this is the id that the server gave a mail: the one it was sent with. */
  readonly originalId?: string | undefined;
  /** While `sending`: the end of the mail may be out. Until this is noted, the server cannot have it. */
  readonly isHandedOver?: boolean | undefined;
  /** Of those whom that try is for, whom the server did not take before: it counts once the mail is known to have gone out. */
  readonly notTaken?: { readonly refused: readonly string[]; readonly later: readonly string[] } | undefined;
  /** Its copy is in the mailbox, or no business of ours. */
  readonly isFiled?: boolean | undefined;
  /** Tries to send it; once sent, to file its copy; once unknown, to find it. */
  readonly attempts: number;
  readonly notBeforeAt: number;
  readonly sealedMail: string | undefined;
  readonly createdAt: number;
  readonly expiresAt: number;
};

/** What devices are told of an account's status. */
export type ToldStatus = Extract<AccountStatus, 'ok' | 'login-refused'>;

/** What a push that is owed tells of. */
export type PushedMatter =
  | { readonly conversationId: string; readonly messageKey: string }
  | { readonly status: ToldStatus };

/** One push for all messages of a conversation from one on, which did not ring when they came. */
export type OwedSummary = {
  readonly kind: 'push';
  readonly id: string;
  readonly accountId: string;
  readonly conversationId: string;
  /** Why they did not: too many came at once, or it was night. */
  readonly reason: 'burst' | 'quiet';
  /** Key of the first of them. */
  readonly since: string;
  readonly notBeforeAt: number;
  readonly giveUpAt: number;
};

/** Work that was promised and is not done: found again by the minute tick, so that a lost queue loses nothing. */
export type PendingWork =
  | OwedSummary
  | ({
      readonly kind: 'push';
      readonly id: string;
      readonly accountId: string;
      readonly subscriptionId: string;
      readonly attempts: number;
      readonly notBeforeAt: number;
      readonly giveUpAt: number;
    } & PushedMatter)
  | {
      readonly kind: 'send';
      readonly id: string;
      readonly accountId: string;
      readonly messageId: string;
      readonly notBeforeAt: number;
      readonly giveUpAt: number;
    };
