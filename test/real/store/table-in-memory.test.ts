import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore, type Store } from '../../../shared/store/client.ts';
import type { Worker } from '../../../shared/store/items.ts';
import { getLease, releaseLease, takeLease } from '../../../shared/store/lease.ts';
import { listPartition } from '../../../shared/store/partition.ts';
import { deleteWatch, getWatch, moveCursor, putWatch, setWatchChanged } from '../../../shared/store/watch.ts';
import {
  assignPartitions,
  createWorker,
  deleteWorker,
  getWorker,
  listWorkers,
  noteWorkerAlive,
  noteWorkerDead,
  startWorker,
} from '../../../shared/store/worker.ts';
import { startParts, type TestParts } from '../../support/embedded.ts';
import { promptRequests } from '../../support/lease-model/prompt-requests.ts';
import { TableInMemory } from '../../support/lease-model/table-in-memory.ts';
import { Random } from '../../support/random.ts';

let parts: TestParts;
beforeAll(async () => {
  parts = await startParts();
});
afterAll(() => parts.stop());

/** One step of leases, workers or watches, drawn; what it gives is compared. */
async function step(store: Store, random: Random): Promise<unknown> {
  const number = (below: number) => Math.floor(random.next() * below);
  const [id, partition, at] = [`w${number(3)}`, number(2), number(5)];
  const accountId = `a${number(3)}`;
  const worker: Worker = {
    ...{ id, state: 'starting', instance: undefined, capacity: 9, sessions: 0, partitions: [number(3)] },
    ...{ version: number(3), aliveUntil: at, drainsAt: number(2) === 0 ? undefined : at },
  };
  const cursor = () => ({ uidValidity: 1, uidNext: number(4) });
  const generation = number(2) === 0 ? undefined : number(4);
  const from = number(4) === 0 ? undefined : cursor();
  const lease = { partition, workerId: id, generation: number(4), releasedAt: undefined };
  const beat = { state: 'running', sessions: at, capacity: 9, aliveUntil: at } as const;
  switch (number(14)) {
    case 0:
      return takeLease(store, partition, number(3) === 0 ? undefined : lease, id);
    case 1:
      return releaseLease(store, lease, at);
    case 2:
      return createWorker(store, worker);
    case 3:
      return startWorker(store, id, `i${number(2)}`, worker);
    case 4:
      return noteWorkerAlive(store, id, `i${number(2)}`, beat);
    case 5:
      return noteWorkerDead(store, { ...worker, state: 'running' }, at);
    case 6:
      return assignPartitions(store, worker, [number(3), number(3)]);
    case 7:
      return deleteWorker(store, id, `i${number(2)}`);
    case 8:
      return putWatch(store, { accountId, host: 'h', mode: 'idle', lastActivityAt: at, folders: {} });
    case 9:
    case 10:
    case 11:
      return moveCursor(store, accountId, 'INBOX', from, cursor(), at, generation);
    case 12:
      return setWatchChanged(store, accountId, at);
    default:
      return number(4) === 0 ? deleteWatch(store, accountId) : undefined;
  }
}

async function contents(store: Store): Promise<unknown> {
  return {
    ...{ workers: await listWorkers(store, 0), worker: await getWorker(store, 'w0') },
    ...{ lease: await getLease(store, 0), watch: await getWatch(store, 'a0') },
    all: await Promise.all([0, 1].map((partition) => listPartition(store, partition, 0))),
  };
}

describe('the table in memory', () => {
  it('answers all that leases, workers and watches ask of it as the embedded database does', async () => {
    const options = { ...parts.embedded.store, partitions: 2 };
    const embedded = openStore(options);
    const inMemory = openStore(options, promptRequests(new TableInMemory(() => 0)));
    const outcomes = new Set<unknown>();
    for (let seed = 1; seed <= 700; seed++) {
      const expected = await step(embedded, new Random(seed));
      expect(await step(inMemory, new Random(seed)), `step ${seed}`).toEqual(expected);
      outcomes.add(typeof expected === 'object' ? 'lease' : expected);
      if (seed % 50 === 0)
        expect(await contents(inMemory), `after step ${seed}`).toEqual(await contents(embedded));
    }
    expect([...outcomes]).toEqual(
      expect.arrayContaining([
        'lease',
        'created',
        'exists',
        'started',
        'noted',
        'alive',
        'assigned',
        'moved',
        'stale',
      ]),
    );
    embedded.close();
  });
});
