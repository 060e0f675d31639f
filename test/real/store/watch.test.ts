import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PendingWork } from '../../../shared/store/items.ts';
import { partitionOf, watchKey } from '../../../shared/store/keys.ts';
import { listPartition } from '../../../shared/store/partition.ts';
import {
  deletePendingWork,
  endPendingWork,
  getPendingWork,
  putPendingWork,
  replacePendingWork,
  reschedulePendingWork,
} from '../../../shared/store/pending-work.ts';
import {
  deleteWatch,
  getWatch,
  moveCursor,
  moveLastActivity,
  putWatch,
  setFiled,
} from '../../../shared/store/watch.ts';
import { startParts, type TestParts } from '../../support/embedded.ts';
import { exampleId, exampleMessageKey, exampleWatch, now } from '../../support/store-examples.ts';

let parts: TestParts;
beforeAll(async () => {
  parts = await startParts();
});
afterAll(() => parts.stop());

const first = { uidValidity: 7, uidNext: 10 };
const second = { uidValidity: 7, uidNext: 12 };

describe('A watch', () => {
  it('comes back as it was stored', async () => {
    const watch = exampleWatch({
      accountId: exampleId(30),
      folders: { INBOX: first, 'Ünïcode.Chats#1': second },
    });
    await putWatch(parts.store, watch);
    expect(await getWatch(parts.store, watch.accountId)).toEqual(watch);
  });

  it('keeps its cursors and last activity when host and mode are put again', async () => {
    const { store } = parts;
    const watch = exampleWatch({ accountId: exampleId(31), folders: { INBOX: first } });
    await putWatch(store, watch);
    await putWatch(store, { ...watch, mode: 'poll', host: 'other', lastActivityAt: 1, folders: {} });
    expect(await getWatch(store, watch.accountId)).toEqual({ ...watch, mode: 'poll', host: 'other' });
  });
});

describe('The last activity', () => {
  it('moves when mail was kept, and then is a message; by the user it moves alone, from what was read', async () => {
    const { store } = parts;
    const accountId = exampleId(36);
    await putWatch(store, exampleWatch({ accountId, folders: { INBOX: first } }));
    expect(await moveLastActivity(store, accountId, now, now + 7)).toBe('moved');
    expect(await moveLastActivity(store, accountId, now, now + 8)).toBe('stale');
    expect(await getWatch(store, accountId)).toMatchObject({
      lastActivityAt: now + 7,
      lastMessageAt: undefined,
    });
    await moveCursor(store, accountId, 'INBOX', first, second, now + 9);
    expect(await getWatch(store, accountId)).toMatchObject({
      lastActivityAt: now + 9,
      lastMessageAt: now + 9,
    });
  });

  it('makes no watch of an account that is no longer watched', async () => {
    expect(await moveLastActivity(parts.store, exampleId(37), now, now + 1)).toBe('stale');
    expect(await getWatch(parts.store, exampleId(37))).toBeUndefined();
  });
});

describe('How far mail was filed', () => {
  it('is noted beside the cursors, and stays when the watch is put again', async () => {
    const { store } = parts;
    const watch = exampleWatch({ accountId: exampleId(34), folders: { INBOX: second } });
    await putWatch(store, watch);
    await setFiled(store, watch.accountId, first);
    await putWatch(store, { ...watch, mode: 'serverpush' });
    expect(await getWatch(store, watch.accountId)).toEqual({ ...watch, mode: 'serverpush', filed: first });
  });

  it('makes no watch of an account that is no longer watched', async () => {
    await setFiled(parts.store, exampleId(35), first);
    expect(await getWatch(parts.store, exampleId(35))).toBeUndefined();
  });
});

describe('A folder cursor', () => {
  it('moves from the first sight of a folder on, one step after the other', async () => {
    const { store } = parts;
    const { accountId } = exampleWatch({ accountId: exampleId(32) });
    await putWatch(store, exampleWatch({ accountId }));
    expect(await moveCursor(store, accountId, 'INBOX', undefined, first)).toBe('moved');
    expect(await moveCursor(store, accountId, 'INBOX', first, second, now + 5)).toBe('moved');
    expect(await moveCursor(store, accountId, 'A.b "c"', undefined, first)).toBe('moved');
    expect(await getWatch(store, accountId)).toMatchObject({
      folders: { INBOX: second, 'A.b "c"': first },
      lastActivityAt: now + 5,
    });
  });

  it('leaves the last activity as it was when no mail came', async () => {
    const { store } = parts;
    const accountId = exampleId(33);
    await putWatch(store, exampleWatch({ accountId }));
    await moveCursor(store, accountId, 'INBOX', undefined, first);
    expect((await getWatch(store, accountId))?.lastActivityAt).toBe(now);
  });

  it.each([
    ['another UID', { uidValidity: 7, uidNext: 11 }],
    ['another UIDVALIDITY', { uidValidity: 8, uidNext: 10 }],
    ['no cursor', undefined],
  ])('stays when the caller started from %s', async (_, from) => {
    const { store } = parts;
    const accountId = exampleId(34);
    await deleteWatch(store, accountId);
    await putWatch(store, exampleWatch({ accountId, folders: { INBOX: first } }));
    expect(await moveCursor(store, accountId, 'INBOX', from, second)).toBe('stale');
    expect((await getWatch(store, accountId))?.folders).toEqual({ INBOX: first });
  });

  it('is moved by exactly one of many who try at once', async () => {
    const { store } = parts;
    const accountId = exampleId(35);
    await putWatch(store, exampleWatch({ accountId, folders: { INBOX: first } }));
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        moveCursor(store, accountId, 'INBOX', first, { uidValidity: 7, uidNext: 20 + index }),
      ),
    );
    expect(results.filter((result) => result === 'moved')).toHaveLength(1);
  });

  it('does not bring back the watch of an erased account', async () => {
    const { store } = parts;
    const accountId = exampleId(36);
    await putWatch(store, exampleWatch({ accountId }));
    await deleteWatch(store, accountId);
    expect(await moveCursor(store, accountId, 'INBOX', undefined, first)).toBe('stale');
    expect(await moveCursor(store, accountId, 'INBOX', first, second)).toBe('stale');
    expect(await getWatch(store, accountId)).toBeUndefined();
  });
});

const push: PendingWork = {
  kind: 'push',
  id: exampleId(50),
  accountId: exampleId(40),
  subscriptionId: exampleId(4),
  conversationId: exampleId(3),
  messageKey: exampleMessageKey(now),
  attempts: 2,
  notBeforeAt: now + 1000,
  giveUpAt: now + 86_400_000,
};
const ofStatus: PendingWork = {
  kind: 'push',
  id: exampleId(51),
  accountId: exampleId(40),
  subscriptionId: exampleId(4),
  status: 'login-refused',
  attempts: 1,
  notBeforeAt: now,
  giveUpAt: now + 86_400_000,
};
const send: PendingWork = {
  kind: 'send',
  id: '<a#b@example.org>',
  accountId: exampleId(40),
  messageId: '<a#b@example.org>',
  notBeforeAt: now,
  giveUpAt: now + 1,
};

describe('Pending work', () => {
  it('comes back as it was stored, also after the time to give up', async () => {
    for (const work of [push, send, ofStatus]) {
      await putPendingWork(parts.store, work);
      expect(await getPendingWork(parts.store, work.accountId, work)).toEqual(work);
    }
  });

  it('is replaced and ended by who read it last alone', async () => {
    const { store } = parts;
    const summary: PendingWork = {
      kind: 'push',
      reason: 'burst',
      ...{ id: 's', accountId: exampleId(41), conversationId: 'd-1' },
      ...{ since: '000000001#abcdefgh', notBeforeAt: now, giveUpAt: now + 9 },
    };
    expect(await replacePendingWork(store, summary, undefined)).toBe('written');
    expect(await getPendingWork(store, summary.accountId, summary)).toEqual(summary);
    expect(await replacePendingWork(store, summary, undefined)).toBe('stale');
    const later = { ...summary, notBeforeAt: now + 5 };
    expect(await replacePendingWork(store, later, summary)).toBe('written');
    expect(await replacePendingWork(store, later, summary)).toBe('stale');
    await endPendingWork(store, summary);
    expect(await getPendingWork(store, summary.accountId, summary)).toEqual(later);
    await endPendingWork(store, later);
    await endPendingWork(store, later);
    expect(await getPendingWork(store, summary.accountId, summary)).toBeUndefined();
  });

  it('is put off, and gone after its end, whatever is tried then', async () => {
    const { store } = parts;
    await putPendingWork(store, push);
    expect(await reschedulePendingWork(store, push.accountId, push, now + 9)).toBe('rescheduled');
    expect(await getPendingWork(store, push.accountId, push)).toEqual({ ...push, notBeforeAt: now + 9 });
    await deletePendingWork(store, push.accountId, push);
    expect(await reschedulePendingWork(store, push.accountId, push, now + 9)).toBe('gone');
    expect(await getPendingWork(store, push.accountId, push)).toBeUndefined();
  });
});

describe('A partition', () => {
  it('gives its watches and pending work, nothing of other partitions, and leaves out what cannot be read', async () => {
    const { store } = parts;
    const accounts = Array.from({ length: 400 }, (_, index) => exampleId(1000 + index));
    const mine = accounts.filter((id) => partitionOf(id, store.partitions) === 1).slice(0, 30);
    const other = accounts.find((id) => partitionOf(id, store.partitions) === 2) ?? '';
    const before = await listPartition(store, 1, now);
    await Promise.all([...mine, other].map((accountId) => putWatch(store, exampleWatch({ accountId }))));
    await putPendingWork(store, { ...push, accountId: mine[0] ?? '' });
    await putPendingWork(store, { ...send, accountId: mine[1] ?? '' });
    await store.put(watchKey(1, 'future'), { v: 2, h: 'x' });

    const found = await listPartition(store, 1, now);
    expect(found.unreadable).toBe(1);
    const added = found.watches.filter(({ accountId }) => mine.includes(accountId));
    expect(added.map(({ accountId }) => accountId).sort()).toEqual([...mine].sort());
    expect(found.watches).toHaveLength(before.watches.length + mine.length);
    expect(found.pending).toHaveLength(before.pending.length + 2);
    expect(found.pending).toEqual(
      expect.arrayContaining([
        { ...push, accountId: mine[0] },
        { ...send, accountId: mine[1] },
      ]),
    );
  });

  it('is read page after page when it is larger than one reply', async () => {
    const { store } = parts;
    const accounts = Array.from({ length: 600 }, (_, index) => exampleId(5000 + index)).filter(
      (id) => partitionOf(id, store.partitions) === 3,
    );
    // DynamoDB pages after 1 MB.
    const host = 'h'.repeat(1_500_000 / accounts.length);
    await Promise.all(accounts.map((accountId) => putWatch(store, exampleWatch({ accountId, host }))));
    const { watches } = await listPartition(store, 3, now);
    expect(watches.filter((watch) => watch.host === host)).toHaveLength(accounts.length);
  });
});
