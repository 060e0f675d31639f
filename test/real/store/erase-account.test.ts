import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  claimAccountId,
  createAccount,
  findAccountByEmail,
  getAccount,
} from '../../../shared/store/account.ts';
import { putAddressBook } from '../../../shared/store/address-book.ts';
import { putConversation } from '../../../shared/store/conversation.ts';
import { eraseAccount } from '../../../shared/store/erase-account.ts';
import { reserveIdempotencyKey } from '../../../shared/store/idempotency.ts';
import { accountPk, conversationPk, partitionPk } from '../../../shared/store/keys.ts';
import { putNewMessage } from '../../../shared/store/message.ts';
import { createOutgoing } from '../../../shared/store/outgoing.ts';
import { putPendingWork } from '../../../shared/store/pending-work.ts';
import { putSession } from '../../../shared/store/session.ts';
import { putSubscription } from '../../../shared/store/subscription.ts';
import { putWatch } from '../../../shared/store/watch.ts';
import { startParts, type TestParts } from '../../support/embedded.ts';
import {
  exampleAccount,
  exampleAddressBook,
  exampleConversation,
  exampleId,
  exampleMessage,
  exampleMessageKey,
  exampleOutgoing,
  exampleSession,
  exampleSubscription,
  exampleWatch,
  now,
} from '../../support/store-examples.ts';

let parts: TestParts;
beforeAll(async () => {
  parts = await startParts();
});
afterAll(() => parts.stop());

const conversations = ['one', 'two', 'mail'];

/** An account with something of every kind, and more messages than one batch takes. */
async function fill(accountId: string, email: string): Promise<void> {
  const { store } = parts;
  await claimAccountId(store, email, accountId);
  await createAccount(store, exampleAccount({ id: accountId, email }));
  await putSession(store, exampleSession({ accountId }));
  await putWatch(store, exampleWatch({ accountId }));
  await putSubscription(store, exampleSubscription({ accountId }), now);
  await putAddressBook(store, exampleAddressBook({ accountId }));
  await createOutgoing(store, exampleOutgoing({ accountId }));
  await reserveIdempotencyKey(store, accountId, 'k', { hash: 'h', now, expiresAt: now + 1000 });
  await putPendingWork(store, {
    kind: 'send',
    id: '<1@example.org>',
    accountId,
    messageId: '<1@example.org>',
    notBeforeAt: now,
    giveUpAt: now,
  });
  // Messages under 'mail' have no conversation item.
  for (const id of ['one', 'two']) await putConversation(store, exampleConversation({ accountId, id }), now);
  for (const conversationId of conversations) {
    await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        putNewMessage(
          store,
          exampleMessage({ accountId, conversationId, key: exampleMessageKey(now + index) }),
        ),
      ),
    );
  }
}

/** Everything left of an account, wherever its keys reach. */
async function count(accountId: string): Promise<number> {
  const { store } = parts;
  const collections = [accountPk(accountId), ...conversations.map((id) => conversationPk(accountId, id))];
  const own = await Promise.all(collections.map((pk) => store.query({ pk, consistent: true })));
  const partitions = Array.from({ length: store.partitions }, (_, number) => partitionPk(number));
  const watched = await Promise.all(partitions.map((pk) => store.query({ pk, consistent: true })));
  return own.flat().length + watched.flat().filter(({ sk }) => String(sk).includes(accountId)).length;
}

describe('Erasing an account', () => {
  it('leaves nothing of it, and everything of the others', async () => {
    const [gone, kept] = [exampleId(90), exampleId(91)];
    await fill(gone, 'gone@example.org');
    await fill(kept, 'kept@example.org');
    const before = await count(kept);
    // Account, address book, session, subscription, outgoing mail, idempotency key, two conversations; watch, work; 90 messages.
    expect(before).toBe(8 + 2 + 90);

    await eraseAccount(parts.store, gone, ['mail']);

    expect(await count(gone)).toBe(0);
    expect(await findAccountByEmail(parts.store, 'gone@example.org')).toBeUndefined();
    expect(await claimAccountId(parts.store, 'gone@example.org', exampleId(92))).toBe(exampleId(92));
    expect(await count(kept)).toBe(before);
    expect(await findAccountByEmail(parts.store, 'kept@example.org')).toBeDefined();
  });

  it('can be repeated, and does not touch a new account of the same address', async () => {
    const old = exampleId(93);
    await fill(old, 'again@example.org');
    await eraseAccount(parts.store, old, ['mail']);
    const next = await claimAccountId(parts.store, 'again@example.org', exampleId(94));
    await createAccount(parts.store, exampleAccount({ id: next, email: 'again@example.org' }));
    await eraseAccount(parts.store, old, ['mail']);
    expect((await findAccountByEmail(parts.store, 'again@example.org'))?.id).toBe(next);
    expect(await getAccount(parts.store, old)).toBeUndefined();
  });

  it('leaves the address to a sign-up that claimed it anew after an erasure broke off', async () => {
    const { store } = parts;
    const old = exampleId(95);
    // The erasure broke off after the address was freed: the old account is there, the address is another's.
    await createAccount(store, exampleAccount({ id: old, email: 'taken@example.org' }));
    const next = await claimAccountId(store, 'taken@example.org', exampleId(96));
    await createAccount(store, exampleAccount({ id: next, email: 'taken@example.org' }));
    await eraseAccount(store, old);
    expect((await findAccountByEmail(store, 'taken@example.org'))?.id).toBe(next);
    expect(await getAccount(store, old)).toBeUndefined();
  });
});
