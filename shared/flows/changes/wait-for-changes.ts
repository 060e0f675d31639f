import type { ChangesTold } from '../../coi/change-token.ts';
import { allTold, changesSince } from '../../coi/change-window.ts';
import { withAnySignal } from '../../core/any-signal.ts';
import { Fault } from '../../core/faults.ts';
import { limits } from '../../core/limits.ts';
import { getAccount } from '../../store/account.ts';
import { listConversations } from '../../store/conversation.ts';
import type { Account, Conversation, Watch } from '../../store/items.ts';
import { getWatch } from '../../store/watch.ts';
import type { Services } from '../services.ts';
import { accountDigest } from './account-digest.ts';

export type Changes = {
  readonly conversations: readonly Conversation[];
  /** Where it changed. */
  readonly account: Account | undefined;
  readonly contacts: boolean;
  /** There are others still. */
  readonly more: boolean;
  readonly told: ChangesTold;
};

const rules = {
  overlapMs: limits.changesOverlapMs,
  remembered: limits.changesRemembered,
  page: limits.changesPage,
};

/** Where somebody begins who asks for everything that there is now by himself, before or after. */
export async function toldUntilNow({ store, clock }: Services, account: Account): Promise<ChangesTold> {
  const watch = await getWatch(store, account.id);
  const now = clock.now();
  const conversations = await listConversations(store, account.id, now);
  const current = await getAccount(store, account.id);
  return {
    at: now,
    news: newsOf(watch),
    account: accountDigest(current ?? account, watch),
    conversations: allTold(conversations, now, rules),
  };
}

/**
 * What changed in an account since somebody was told last. Waits until something does: a look costs one small read, and only
 * where news were counted is all that there is looked at. An abort ends the wait, with nothing.
 *
 * @throws Fault `not-signed-in` when the account is erased meanwhile
 */
export async function waitForChanges(
  services: Services,
  accountId: string,
  since: ChangesTold,
  { waitMs, signal }: { readonly waitMs: number; readonly signal: AbortSignal },
): Promise<Changes> {
  const { clock, news } = services;
  const until = clock.now() + waitMs;
  const listener = waitMs > 0 ? news.listen(accountId) : undefined;
  try {
    for (let told = since; ; ) {
      const rung = listener?.next();
      const changes = await look(services, accountId, told);
      const leftMs = until - clock.now();
      if (!isEmpty(changes) || rung === undefined || leftMs <= 0 || signal.aborted) return changes;
      told = changes.told;
      const pauseMs = Math.min(limits.changesLookMs, leftMs);
      await withAnySignal([signal, rung], (any) => clock.sleep(pauseMs, any));
      if (signal.aborted) return changes;
    }
  } finally {
    listener?.end();
  }
}

async function look({ store, clock }: Services, accountId: string, known: ChangesTold): Promise<Changes> {
  const now = clock.now();
  // First: what is counted after this read is found by the next look.
  const watch = await getWatch(store, accountId);
  const news = newsOf(watch);
  const isKnown = news.all === known.news.all && now - known.at < limits.changesLookAnywayMs;
  if (isKnown) return { conversations: [], account: undefined, contacts: false, more: false, told: known };
  const [account, all] = await Promise.all([
    getAccount(store, accountId),
    listConversations(store, accountId, now),
  ]);
  if (account === undefined) throw new Fault('not-signed-in', 'This account was erased.');
  const { changed, more, next } = changesSince(known.conversations, all, now, rules);
  const digest = accountDigest(account, watch);
  return {
    conversations: changed,
    account: digest === known.account ? undefined : account,
    contacts: news.contacts !== known.news.contacts,
    more,
    // While there is more, the next request is to look whatever the count says.
    told: { at: more ? now - limits.changesLookAnywayMs : now, news, account: digest, conversations: next },
  };
}

function isEmpty({ conversations, account, contacts }: Changes): boolean {
  return conversations.length === 0 && account === undefined && !contacts;
}

function newsOf(watch: Watch | undefined): ChangesTold['news'] {
  return watch?.news ?? { all: 0, contacts: 0 };
}
