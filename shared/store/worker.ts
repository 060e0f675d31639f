import type { Store } from './client.ts';
import type { Worker } from './items.ts';
import { workerCountKey, workerKey, workerPk } from './keys.ts';
import type { Item } from './stored-item.ts';
import { isExpired, StoredItem, toSeconds } from './stored-item.ts';

/** How long the row of a worker that died is kept: it tells the next ticks since when nobody holds what it held. */
const keptAfterDeathMs = 3_600_000;

/**
 * Announces a worker, before it is started or by itself. Asking again, after an answer that was lost, is no other
 * announcement: its time tells.
 */
export async function createWorker(store: Store, worker: Worker): Promise<'created' | 'exists'> {
  const { id, state, instance, capacity, sessions, partitions, version, aliveUntil, drainsAt } = worker;
  const created = await store.put(
    workerKey(id),
    {
      s: state,
      i: instance,
      c: capacity,
      n: sessions,
      p: partitions,
      pv: version,
      au: aliveUntil,
      da: drainsAt,
      expiresAt: toSeconds(aliveUntil + keptAfterDeathMs),
    },
    {
      text: 'attribute_not_exists(pk) OR (au = :until AND s = :state)',
      values: { ':until': aliveUntil, ':state': state },
    },
  );
  return created ? 'created' : 'exists';
}

/** All workers there are, and those that died a while ago. */
export async function listWorkers(store: Store, now: number): Promise<Worker[]> {
  const items = await store.query({ pk: workerPk, consistent: true });
  return items.filter((item) => !isExpired(item, now)).map(workerOf);
}

/** How many workers live, for all processes that share something among them. */
export async function putWorkerCount(store: Store, count: number): Promise<void> {
  await store.put(workerCountKey, { n: count });
}

/** Undefined where no tick ever counted them. At most as old as the last tick. */
export async function getWorkerCount(store: Store): Promise<number | undefined> {
  const item = await store.get(workerCountKey);
  return item && new StoredItem('worker count', item).number('n');
}

export async function getWorker(store: Store, id: string): Promise<Worker | undefined> {
  const item = await store.get(workerKey(id));
  return item && workerOf(item);
}

/**
 * The process `instance` becomes the announced worker. Of two that were started for the same one, by an event that came
 * twice, one does; `taken` for the other, and when the worker was never announced, or not started in time. Asking again,
 * after an answer that was lost, gives what the first request got.
 */
export async function startWorker(
  store: Store,
  id: string,
  instance: string,
  { aliveUntil, drainsAt }: Pick<Worker, 'aliveUntil' | 'drainsAt'>,
): Promise<'started' | 'taken'> {
  const started = await store.update(
    workerKey(id),
    {
      text: `SET s = :running, i = :instance, au = :until, expiresAt = :expiry${drainsAt === undefined ? '' : ', da = :drains'}`,
      values: {
        ':running': 'running',
        ':instance': instance,
        ':until': aliveUntil,
        ':expiry': toSeconds(aliveUntil + keptAfterDeathMs),
        ':drains': drainsAt,
      },
    },
    { text: 's = :starting OR i = :instance', values: { ':starting': 'starting' } },
  );
  return started ? 'started' : 'taken';
}

/**
 * The sign of life of a worker, which tells too how much it may hold. One that was noted as dead is alive again by it, and
 * is told to hold nothing at first. `replaced` when its row is gone: then it must hold nothing.
 */
export async function noteWorkerAlive(
  store: Store,
  id: string,
  instance: string,
  { state, sessions, capacity, aliveUntil }: Pick<Worker, 'state' | 'sessions' | 'capacity' | 'aliveUntil'>,
): Promise<'noted' | 'replaced'> {
  const noted = await store.update(
    workerKey(id),
    {
      text: 'SET s = :state, n = :sessions, c = :capacity, au = :until, expiresAt = :expiry',
      values: {
        ':state': state,
        ':sessions': sessions,
        ':capacity': capacity,
        ':until': aliveUntil,
        ':expiry': toSeconds(aliveUntil + keptAfterDeathMs),
      },
    },
    { text: 'i = :instance', values: { ':instance': instance } },
  );
  return noted ? 'noted' : 'replaced';
}

/**
 * Notes for everybody that a worker is dead, so that others may take what it holds, unless it gave a sign of life since
 * `worker` was read: then `alive`.
 */
export async function noteWorkerDead(store: Store, worker: Worker, at: number): Promise<'noted' | 'alive'> {
  const noted = await store.update(
    workerKey(worker.id),
    {
      text: 'SET s = :dead, au = :at, p = :none, pv = pv + :one, expiresAt = :expiry',
      values: {
        ':dead': 'dead',
        ':at': at,
        ':none': [],
        ':one': 1,
        ':expiry': toSeconds(at + keptAfterDeathMs),
      },
    },
    { text: 'au = :seen AND s = :state', values: { ':seen': worker.aliveUntil, ':state': worker.state } },
  );
  return noted ? 'noted' : 'alive';
}

/** Tells a worker which partitions it is to hold from now on. `stale` when it was told something else meanwhile. */
export async function assignPartitions(
  store: Store,
  worker: Worker,
  partitions: readonly number[],
): Promise<'assigned' | 'stale'> {
  const assigned = await store.update(
    workerKey(worker.id),
    {
      text: 'SET p = :partitions, pv = :next',
      values: { ':partitions': partitions, ':next': worker.version + 1 },
    },
    { text: 'pv = :version', values: { ':version': worker.version } },
  );
  return assigned ? 'assigned' : 'stale';
}

export async function deleteWorker(store: Store, id: string, instance: string): Promise<void> {
  await store.delete(workerKey(id), { text: 'i = :instance', values: { ':instance': instance } });
}

function workerOf(item: Item): Worker {
  const stored = new StoredItem('worker', item);
  return {
    id: stored.text('sk'),
    state: stored.oneOf('s', ['starting', 'running', 'draining', 'dead']),
    instance: stored.optionalText('i'),
    capacity: stored.number('c'),
    sessions: stored.number('n'),
    partitions: stored.list('p').filter((each): each is number => typeof each === 'number'),
    version: stored.number('pv'),
    aliveUntil: stored.number('au'),
    drainsAt: stored.optionalNumber('da'),
  };
}
