import { type AddressBook, withSenderCalled } from '../../coi/address-book.ts';
import type { MessageFold } from '../../coi/kept-message.ts';
import type { ConversationRef, MailRecord } from '../../coi/mail-record.ts';
import { readMail } from '../../coi/read-mail.ts';
import type { ReceivedMail } from '../../coi/received-mail.ts';
import { allEnded } from '../../core/all-ended.ts';
import { limits } from '../../core/limits.ts';
import type { Message, Subscription } from '../../store/items.ts';
import { putNewMessage, setMessagePlace } from '../../store/message.ts';
import { listActiveSubscriptions } from '../../store/subscription.ts';
import { bookOf } from '../contacts/book-of.ts';
import { alertOf } from '../push/alert-of.ts';
import { changeOf } from '../push/change-of.ts';
import type { MailAtHand } from '../push/notice.ts';
import { takesSilent } from '../push/takes-silent.ts';
import { type Arrival, tellArrivals } from '../push/tell-arrivals.ts';
import { tellChanges } from '../push/tell-changes.ts';
import type { Services } from '../services.ts';
import type { AccountCheck } from '../watch/account-check.ts';
import { rememberTold } from '../watch/read-elsewhere.ts';
import { keepTokenOf } from './keep-token.ts';
import { mailConversationId, messageOfMail } from './message-of-mail.ts';
import { homeOfSent, noteAsSent, type Placed, placeReport } from './place-reports.ts';
import { conversationBefore, type Recorded, recordMessages } from './record-messages.ts';
import { type Storing, storeMessage, storingFor } from './store-message.ts';

/** A mail together with what was read from it. */
type Taken = { readonly mail: ReceivedMail; readonly record: MailRecord; readonly message: Message };
/** Whom alerts are for, and what the user's address book says about whose. */
type Listeners = {
  readonly subscriptions: readonly Subscription[];
  readonly book: AddressBook | undefined;
};
type Batch = { readonly ref: ConversationRef; readonly taken: Map<string, Taken> };

export type TakeInOptions = {
  /** Only mail that reached the mailbox after this moment alerts (ms). */
  readonly alertReceivedAfter: number;
  /**
   * The caller moves the cursor only after several batches. Should it break off before, those that were told of already
   * would be told of again, as often as it breaks off: each such message is noted as dealt with.
   */
  readonly isOneOfSeveral?: boolean;
};

/**
 * Stores what a batch of mails means and wakes the devices it concerns; the caller moves the cursor afterwards. Doing it
 * again for the same mails changes nothing in the store and, at worst, repeats a push.
 *
 * @returns how many messages were kept of them that were not known before
 */
export async function takeInMails(
  check: AccountCheck,
  mails: readonly ReceivedMail[],
  options: TakeInOptions,
): Promise<number> {
  const { services, account } = check;
  const listeners = listenersOf(check);
  const storing = storingFor(check);
  const batches = new Map<string, Batch>();
  for (const mail of mails) {
    await keepTokenOf(services, account, mail);
    for (const { record, ref, key } of await placesOf(check, mail)) {
      if (!(await isKept(record, listeners))) continue;
      const read = messageOfMail(account, mail, record, ref.id, services.clock.now() + services.retentionMs);
      const message = { ...read, key: key ?? read.key };
      const batch = batches.get(message.conversationId) ?? { ref, taken: new Map() };
      // The same mail twice in one batch, by a list and directly, say, is one message.
      if (!batch.taken.has(message.key)) batch.taken.set(message.key, { mail, record, message });
      batches.set(message.conversationId, batch);
    }
  }
  const kept = await allEnded(
    [...batches.values()].map((batch) => takeInBatch(check, batch, { listeners, storing }, options)),
  );
  return kept.reduce((sum, count) => sum + count, 0);
}

/** Read beside what is stored meanwhile: who listens matters only once there is something to tell. */
function listenersOf({ services: { store, clock }, account }: AccountCheck): Promise<Listeners> {
  const reading = Promise.all([
    listActiveSubscriptions(store, account.id, clock.now()),
    bookOf(store, account),
  ]).then(([subscriptions, book]) => ({ subscriptions, book }));
  // Whoever needs it hears of a failure; it must not end the process because something else failed before.
  reading.catch(() => undefined);
  return reading;
}

async function placesOf(check: AccountCheck, mail: ReceivedMail): Promise<readonly Placed[]> {
  const record = readMail(await withReport(check, mail), check.facts);
  const { services, account } = check;
  if (record.class === 'mdn' || record.class === 'dsn') return placeReport(services, account.id, record);
  // A mail that we sent is where it was sent, also when its bytes alone would not tell.
  const known = record.class === 'own' ? await homeOfSent(services, account.id, record.messageId) : undefined;
  return [{ record, ref: known?.ref ?? record.conversation, key: known?.key }];
}

/** What came back stands at the end of a report, often behind more than was fetched of it. */
async function withReport({ session }: AccountCheck, mail: ReceivedMail): Promise<ReceivedMail> {
  if (mail.body !== undefined || mail.structure.type !== 'multipart/report') return mail;
  const bodyStart = await session.readBodyStart(mail.uid, limits.reportBytes);
  return bodyStart === undefined ? mail : { ...mail, bodyStart };
}

/** Chat mail is kept, and our own part in it; ordinary mail only while a device wants to hear of it. */
async function isKept(record: MailRecord, listeners: Promise<Listeners>): Promise<boolean> {
  switch (record.class) {
    case 'chat':
    case 'edit':
      return true;
    case 'own':
      // A copy whose recipients are hidden (Delta Chat) belongs to a conversation that cannot be told.
      return record.matchedBy !== undefined && record.to.length > 0;
    case 'delete':
    case 'reaction':
    case 'mdn':
    case 'dsn':
      return record.event !== undefined;
    case 'event':
      // Members, names and calls are shown; of cards and timers there is nothing to see.
      return record.event !== undefined || record.kind !== 'text';
    case 'mail':
      return (await listeners).subscriptions.some((subscription) => subscription.msgtype !== 'chat');
    default:
      return false;
  }
}

/** Mails of one conversation: stored, recorded, pushed, in that order. Gives how many of them were not dealt with before. */
async function takeInBatch(
  check: AccountCheck,
  { ref, taken }: Batch,
  { listeners, storing }: { readonly listeners: Promise<Listeners>; readonly storing: Storing },
  options: TakeInOptions,
): Promise<number> {
  const { services, account } = check;
  const batch = [...taken.values()];
  const isMail = batch[0]?.message.conversationId === mailConversationId;
  const before = isMail ? undefined : conversationBefore(services, account, ref);
  const stored = await allEnded(
    batch.map(async (each) => ({ ...each, ...(await storeMessage(check, each.message, storing)) })),
  );
  const unfinished = stored.filter(({ fate }) => fate !== 'known');
  if (unfinished.length === 0) return 0;
  const reports = await reportsOf(services, unfinished);
  const { conversation, folds, applied }: Recorded =
    before === undefined
      ? { conversation: undefined, folds: new Map(), applied: new Map() }
      : await recordMessages(
          services,
          account,
          ref,
          [...unfinished.map(({ message }) => message), ...reports],
          before,
        );
  const { subscriptions, book } = await listeners;
  const surroundings = { account, book, conversation, groupId: ref.groupId, now: services.clock.now() };
  const arrivals = unfinished.flatMap(({ mail, record, message }): Arrival[] => {
    const alert = alertOf(surroundings, message, alerting(record, folds.get(message.key)));
    if (alert.kind === 'silent' || message.receivedAt < options.alertReceivedAfter) return [];
    return [{ notice: { message: withSenderCalled(book, message), mail: atHand(mail, record) }, alert }];
  });
  const changes = unfinished.flatMap(({ mail, record, message }) => {
    const change = changeOf(surroundings, { record, message, root: applied.get(message.key) });
    if (change === undefined || message.receivedAt < options.alertReceivedAfter) return [];
    return [
      { ...change, message: withSenderCalled(book, message), conversation, mail: atHand(mail, record) },
    ];
  });
  await allEnded([
    tellArrivals(services, arrivals, conversation, subscriptions),
    tellChanges(services, changes, subscriptions),
  ]);
  const told = [...arrivals.map(({ notice }) => notice.message), ...changes.map(({ message }) => message)];
  if (options.isOneOfSeveral) await allEnded(told.map((message) => noteDone(services, message)));
  if (conversation !== undefined && subscriptions.some(takesSilent))
    rememberTold(
      check,
      arrivals.map(({ notice }) => notice.message),
    );
  return unfinished.length;
}

async function noteDone({ store }: Services, message: Message): Promise<void> {
  if (message.place !== undefined) await setMessagePlace(store, message, { ...message.place, isDone: true });
}

function atHand(mail: ReceivedMail, { subject, preview }: MailRecord): MailAtHand {
  return {
    subject,
    contentType: mail.header.first('content-type'),
    contentEncoding: mail.header.first('content-transfer-encoding'),
    body: mail.body,
    preview,
  };
}

/** What was reported before of mails that the account sent, now stored beside them. */
async function reportsOf(services: Services, batch: readonly Taken[]): Promise<Message[]> {
  const sent = batch.filter(({ message }) => message.own && message.event === undefined);
  const reports = (await allEnded(sent.map(({ message }) => noteAsSent(services, message)))).flat();
  await allEnded(reports.map((report) => putNewMessage(services.store, report)));
  return reports;
}

/**
 * An edit that could not be applied is a message like others; what was deleted meanwhile, or found to be none for people,
 * needs no alert any more.
 */
function alerting(record: MailRecord, fold: MessageFold | undefined): MailRecord {
  if (record.class === 'edit' && fold?.hidden !== true) return { ...record, class: 'chat' };
  const isGone = fold?.deletedAt !== undefined || (record.class === 'chat' && fold?.hidden === true);
  return isGone ? { ...record, seen: true } : record;
}
