import { claimAccountId, createAccount } from '../../shared/store/account.ts';
import { putAddressBook } from '../../shared/store/address-book.ts';
import type { Store } from '../../shared/store/client.ts';
import { putConversation } from '../../shared/store/conversation.ts';
import { putEarlyReport } from '../../shared/store/early-report.ts';
import { completeIdempotencyKey, reserveIdempotencyKey } from '../../shared/store/idempotency.ts';
import { putNewMessage } from '../../shared/store/message.ts';
import { createOutgoing } from '../../shared/store/outgoing.ts';
import { putPendingWork } from '../../shared/store/pending-work.ts';
import { putSession } from '../../shared/store/session.ts';
import { putSubmissionTokens } from '../../shared/store/submission-token.ts';
import { putSubscription } from '../../shared/store/subscription.ts';
import { putWatch } from '../../shared/store/watch.ts';
import { everythingIn, type TestParts } from './embedded.ts';
import {
  exampleAccount,
  exampleAddressBook,
  exampleConversation,
  exampleMessage,
  exampleMessageKey,
  exampleOutgoing,
  exampleSession,
  exampleSubscription,
  exampleWatch,
} from './store-examples.ts';

const dayMs = 24 * 3_600_000;

/** Stores an account with something of every kind of item there is, and more messages than one batch takes. */
export async function storeFullAccount(
  store: Store,
  accountId: string,
  email: string,
  now: number,
): Promise<void> {
  const expiresAt = now + dayMs;
  await claimAccountId(store, email, accountId);
  await createAccount(store, exampleAccount({ id: accountId, email }));
  await putSession(store, exampleSession({ accountId }));
  await putWatch(store, exampleWatch({ accountId }));
  await putSubscription(store, exampleSubscription({ accountId }), now);
  await putAddressBook(store, exampleAddressBook({ accountId }));
  await createOutgoing(store, exampleOutgoing({ accountId, sealedMail: 'sealed'.repeat(10_000), expiresAt }));
  await reserveIdempotencyKey(store, accountId, 'k', { hash: 'h', now, expiresAt });
  await completeIdempotencyKey(store, accountId, 'k', '{"status":202}');
  await putSubmissionTokens(store, accountId, 'bob@example.org', { sealed: 'sealed tokens', expiresAt });
  await putEarlyReport(store, {
    accountId,
    target: '<late@example.org>',
    messageKey: exampleMessageKey(now),
    messageId: '<report@example.org>',
    from: { address: 'bob@example.org', name: 'Bob' },
    receivedAt: now,
    event: { kind: 'receipt', targets: ['<late@example.org>'] },
    expiresAt,
  });
  await putPendingWork(store, {
    kind: 'send',
    id: '<1@example.org>',
    accountId,
    messageId: '<1@example.org>',
    notBeforeAt: now,
    giveUpAt: expiresAt,
  });
  // Messages under 'mail' have no conversation item.
  for (const id of ['one', 'two']) await putConversation(store, exampleConversation({ accountId, id }), now);
  for (const conversationId of ['one', 'two', 'mail']) {
    await Promise.all(
      Array.from({ length: 110 }, (_, index) =>
        putNewMessage(
          store,
          exampleMessage({ accountId, conversationId, key: exampleMessageKey(now + index), expiresAt }),
        ),
      ),
    );
  }
}

/** All items of the table that name an account in their key or anywhere else. */
export async function itemsOf(parts: TestParts, accountId: string): Promise<Record<string, unknown>[]> {
  return (await everythingIn(parts)).filter((item) => JSON.stringify(item).includes(accountId));
}
