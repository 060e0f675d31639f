import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAccount } from '../../../shared/store/account.ts';
import { openStore } from '../../../shared/store/client.ts';
import { openTableRequests, type TableRequests } from '../../../shared/store/dynamo-client.ts';
import { accountKey } from '../../../shared/store/keys.ts';
import { getPolledAccounts } from '../../../shared/store/polled-accounts.ts';
import { putWatch } from '../../../shared/store/watch.ts';
import { startParts, type TestParts } from '../../support/embedded.ts';
import { exampleAccount, exampleId } from '../../support/store-examples.ts';

let parts: TestParts;
beforeAll(async () => {
  parts = await startParts();
});
afterAll(() => parts.stop());

const watchOf = (accountId: string) =>
  ({ accountId, host: 'imap.example.org', mode: 'auto', lastActivityAt: 1, folders: {} }) as const;

async function storedAccounts(from: number, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, index) => exampleId(from + index));
  for (const id of ids) {
    await createAccount(parts.store, exampleAccount({ id }));
    await putWatch(parts.store, watchOf(id));
  }
  return ids;
}

describe('The accounts of a poll', () => {
  it('come with their watches, in the order asked for, each once', async () => {
    const [first = '', second = ''] = await storedAccounts(100, 2);
    const found = await getPolledAccounts(parts.store, [second, first, second]);
    expect(found).toMatchObject([
      { accountId: second, stored: { account: { id: second }, watch: { accountId: second } } },
      { accountId: first, stored: { account: { id: first }, watch: { accountId: first } } },
    ]);
  });

  it('are two reads each, and fifty of them one request', async () => {
    const ids = await storedAccounts(200, 51);
    const asked: number[] = [];
    const requests = counted((keys) => asked.push(keys));
    const store = openStore({ ...parts.embedded.store }, requests);
    parts.take();
    expect(await getPolledAccounts(store, ids)).toHaveLength(51);
    expect(asked).toEqual([100, 2]);
    store.close();
    await getPolledAccounts(parts.store, ids);
    expect(parts.take()).toEqual({ read: 102, write: 0 });
  });

  it('are asked for again as far as the database did not give them', async () => {
    const ids = await storedAccounts(300, 3);
    const asked: number[] = [];
    const requests = counted((keys) => asked.push(keys), 4);
    const store = openStore({ ...parts.embedded.store }, requests);
    const found = await getPolledAccounts(store, ids);
    expect(found.map(({ stored }) => stored?.account.id)).toEqual(ids);
    expect(asked).toEqual([6, 2]);
    store.close();
  });

  it('are told to be none, where one is not there or cannot be read, beside the others', async () => {
    const [good = '', unwatched = '', broken = ''] = await storedAccounts(400, 1).then(([id]) => [
      id,
      exampleId(401),
      exampleId(402),
    ]);
    await createAccount(parts.store, exampleAccount({ id: unwatched }));
    await parts.store.put(accountKey(broken), { e: 1 });
    await putWatch(parts.store, watchOf(broken));
    const found = await getPolledAccounts(parts.store, ['nobody', unwatched, broken, good]);
    expect(found.map(({ stored, unreadable }) => [stored !== undefined, unreadable?.name])).toEqual([
      [false, undefined],
      [false, undefined],
      [false, 'StoredItemUnreadable'],
      [true, undefined],
    ]);
  });
});

/** The requests to the database, told of how many keys each asked for; one answers at most `most` of them at first. */
function counted(note: (keys: number) => void, most = Number.POSITIVE_INFINITY): TableRequests {
  const requests = openTableRequests(parts.embedded.store);
  const { tableName } = parts.embedded.store;
  return {
    ...requests,
    async batchGetItem(input) {
      const { Keys = [], ...rest } = input.RequestItems?.[tableName] ?? { Keys: [] };
      note(Keys.length);
      const answered = { ...rest, Keys: Keys.slice(0, most) };
      const left = Keys.slice(most);
      const reply = await requests.batchGetItem({ ...input, RequestItems: { [tableName]: answered } });
      return left.length === 0
        ? reply
        : { ...reply, UnprocessedKeys: { [tableName]: { ...rest, Keys: left } } };
    },
  };
}
