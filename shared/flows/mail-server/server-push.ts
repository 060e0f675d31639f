import { Fault } from '../../core/faults.ts';
import { limits } from '../../core/limits.ts';
import type { MailSession, MetadataRefusal } from '../../imap/mail-session.ts';
import { vapidKeyId } from '../../push/vapid.ts';
import { getAccount } from '../../store/account.ts';
import type { Account, Session, Subscription } from '../../store/items.ts';
import { deleteSubscription, getSubscription, listSubscriptions } from '../../store/subscription.ts';
import { openMailbox } from '../mailbox/open-mailbox.ts';
import { put, takeBack } from '../push/put-subscription.ts';
import {
  type ShownSubscription,
  type Subscribed,
  type SubscriptionWish,
  shownSubscription,
} from '../push/subscription-wish.ts';
import type { Services } from '../services.ts';
import { enableCoi, readCoiConfig } from './coi-server.ts';
import { endServerPush, isServerPushLost } from './push-owner.ts';
import {
  isSameId,
  isSameSubscription,
  readServerSubscriptions,
  type ServerSubscription,
  subscriptionEntry,
  subscriptionJson,
} from './server-subscriptions.ts';

/**
 * Subscriptions of accounts whose mail server pushes by itself (COI WebPush): the server keeps them, validates them and
 * pushes to them; we hand them on. Of each one that we handed on a row without endpoint and keys stays here, which nothing
 * is ever pushed to: so that signing its device out ends it, and that it is known when the server pushes no more.
 */

/**
 * Hands a subscription to the mail server, which sends the validation push before it answers. One that it has validated
 * already is left alone, because handing it over again would make it unvalidated.
 *
 * @throws Fault `push-unreachable` (and then everything is as before), `limit-reached`, `conflict`, or what connecting throws
 */
export async function subscribeAtServer(
  services: Services,
  account: Account,
  session: Session,
  wish: SubscriptionWish,
): Promise<Subscribed> {
  const result = await atServer(services, account, async (mailbox): Promise<Subscribed> => {
    const now = services.clock.now();
    const rows = await listSubscriptions(services.store, account.id, now);
    const before = rows.find(({ id }) => id === wish.id);
    if (before === undefined && rows.length >= limits.subscriptionsPerAccount) throw tooMany();
    const present = (await readServerSubscriptions(mailbox)).find(({ id }) => isSameId(id, wish.id));
    const isUnchanged = present?.validated === true && isSameSubscription(present, wish);
    const stored = await put(services, rowOf(account, session, wish, before, now));
    if (!isUnchanged) {
      await handOver(mailbox, wish).catch(async (error: unknown) => {
        await takeBack(services, stored, before);
        throw error;
      });
    }
    const kept = { ...wish, createdAt: present?.createdAt ?? now, validated: isUnchanged };
    return { kind: isUnchanged ? 'unchanged' : 'sent', subscription: shownAtServer(kept, stored) };
  });
  if (result !== 'lost') return result;
  throw new Fault(
    'conflict',
    'Your mail server does not push any more. Subscribe again on the device, with the key that GET /v1/account names now.',
  );
}

/** @throws Fault `validation-expired` for a wrong or late text, or what connecting throws */
export async function validateAtServer(
  services: Services,
  account: Account,
  id: string,
  text: string,
): Promise<void> {
  const isValid = await atServer(services, account, async (mailbox) => {
    const result = await mailbox.setMetadata(`${subscriptionEntry(id)}/validate`, text);
    if (result.kind === 'done') return true;
    // Dovecot refuses the right text the second time; the first answer may have been lost on its way.
    return (await readServerSubscriptions(mailbox)).some((each) => isSameId(each.id, id) && each.validated);
  });
  if (isValid === true) return;
  throw new Fault(
    'validation-expired',
    'That is not the text of the last validation push, or it is too old. PUT the subscription again for a new one.',
  );
}

/**
 * Ends a subscription at the mail server. One that is gone already is no error.
 *
 * @throws Fault `conflict` when the server keeps it, or what connecting throws
 */
export async function unsubscribeAtServer(services: Services, account: Account, id: string): Promise<void> {
  await atServer(services, account, (mailbox) => endAtServer(mailbox, id));
  const stored = await getSubscription(services.store, account.id, id, services.clock.now());
  if (stored !== undefined) await deleteSubscription(services.store, stored);
}

/** What the mail server has, and what was made before it pushed by itself or is there no more. */
export async function listAtServer(
  services: Services,
  account: Account,
): Promise<readonly ShownSubscription[]> {
  const present = await atServer(services, account, readServerSubscriptions);
  const rows = await listSubscriptions(services.store, account.id, services.clock.now());
  if (present === 'lost') return rows.map(shownSubscription);
  const rowFor = ({ id }: ServerSubscription) => rows.find((row) => isSameId(row.id, id));
  const keyId = vapidKeyId(account.serverPushKey ?? '');
  const shown = present.map((subscription) => {
    const row = rowFor(subscription);
    // Made with a key that the server does not push with any more.
    if (row !== undefined && row.vapidKeyId !== keyId) return shownSubscription(row);
    return shownAtServer(subscription, row);
  });
  const gone = rows.filter((row) => !present.some(({ id }) => isSameId(id, row.id)));
  return [...shown, ...gone.map(shownSubscription)];
}

/** Ends those of the subscriptions that were handed on. What cannot be reached stays there: signing out must not fail. */
export async function endHandedOn(
  services: Services,
  accountId: string,
  rows: readonly Subscription[],
): Promise<void> {
  const handedOn = rows.filter(({ state }) => state === 'at-server');
  const account = handedOn.length === 0 ? undefined : await getAccount(services.store, accountId);
  if (account?.serverPushKey === undefined) return;
  const work = async (mailbox: MailSession) => {
    for (const { id } of handedOn) await endAtServer(mailbox, id);
  };
  await atServer(services, account, work).catch((error: unknown) => {
    if (!(error instanceof Fault)) throw error;
    services.log.warn('server-subscription-left', { account: account.id, cause: error.code });
  });
}

/** One connection to the server; `lost` when it turns out that it does not push any more. */
async function atServer<T>(
  services: Services,
  account: Account,
  work: (mailbox: MailSession) => Promise<T>,
): Promise<T | 'lost'> {
  const mailbox = await openMailbox(services, account, { commandMs: limits.serverPushMs });
  try {
    if (!(await isServerPushLost(mailbox))) return await work(mailbox);
    await endServerPush(services, account, mailbox.capabilities);
    return 'lost';
  } finally {
    mailbox.close();
  }
}

async function handOver(mailbox: MailSession, wish: SubscriptionWish): Promise<void> {
  // The server tells chats from other mail by a mark that it makes only where COI is enabled.
  if (wish.msgtype !== 'all' && mailbox.capabilities.coi) {
    const config = await readCoiConfig(mailbox);
    if (config?.isEnabled !== true) await enableCoi(mailbox);
  }
  let refusal: MetadataRefusal | undefined;
  for (const msgtype of wordsFor[wish.msgtype]) {
    const result = await mailbox.setMetadata(subscriptionEntry(wish.id), subscriptionJson(wish, msgtype));
    if (result.kind === 'done') return;
    refusal = result;
    // `Unknown msgtype`, says Dovecot's plugin to the words of the spec. Nothing was pushed then.
    if (!/msgtype/i.test(result.text)) break;
  }
  if (refusal?.kind === 'too-many') throw tooMany();
  throw new Fault(
    'push-unreachable',
    refusal?.kind === 'unavailable'
      ? 'The mail server could not deliver the validation push. Check the endpoint, or try again later.'
      : 'The mail server did not take this subscription. Subscribe again on the device with the key of GET /v1/account.',
  );
}

const wordsFor: Readonly<Record<SubscriptionWish['msgtype'], readonly string[]>> = {
  chat: ['chat'],
  mail: ['mail', 'email'],
  all: ['all', 'any'],
};

async function endAtServer(mailbox: MailSession, id: string): Promise<void> {
  const result = await mailbox.setMetadata(subscriptionEntry(id), undefined);
  if (result.kind === 'done') return;
  const left = await readServerSubscriptions(mailbox);
  if (!left.some((each) => isSameId(each.id, id))) return;
  throw new Fault('conflict', 'The mail server refused to end the subscription. Try again later.');
}

/** The row that stays here: without endpoint and keys, and in a state that no push goes to. */
function rowOf(
  account: Account,
  session: Session,
  wish: SubscriptionWish,
  before: Subscription | undefined,
  now: number,
): Subscription {
  const { target: _, ...wished } = wish;
  return {
    ...wished,
    ...whatServersDo,
    endpoint: 'none',
    p256dh: 'none',
    auth: 'none',
    vapidKeyId: vapidKeyId(account.serverPushKey ?? ''),
    accountId: account.id,
    sessionId: session.id,
    state: 'at-server',
    validationHash: undefined,
    validationUntil: undefined,
    validationFailures: 0,
    replacement: undefined,
    createdAt: before?.createdAt ?? now,
    expiresAt: now + limits.subscriptionKeptMs,
    lastSuccessAt: undefined,
    failures: 0,
    vapidMismatch: false,
    cap: undefined,
    version: before?.version ?? 0,
  };
}

/** What a device asks for beside the wishes of COI WebPush the server does not know, and so it is not what it does. */
const whatServersDo = {
  content: 'full',
  silentOk: false,
  everyMessage: true,
  edits: false,
  reactions: false,
  excludeFrom: [],
} as const;

function shownAtServer(
  subscription: Pick<ServerSubscription, 'id' | 'client' | 'device' | 'msgtype' | 'createdAt' | 'validated'>,
  row: Subscription | undefined,
): ShownSubscription {
  const { client, device, msgtype, createdAt, validated } = subscription;
  return {
    ...{ id: row?.id ?? subscription.id, client, device, msgtype, createdAt, validated },
    ...whatServersDo,
    ...{ expiresAt: undefined, lastSuccessAt: undefined, failures: 0, vapidMismatch: false },
    state: validated ? 'active' : 'pending',
  };
}

function tooMany(): Fault {
  return new Fault(
    'limit-reached',
    'There are as many push subscriptions as there may be. Delete one that is not used.',
  );
}
