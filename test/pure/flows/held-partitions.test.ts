import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { silentLog } from '../../../shared/core/log.ts';
import { HeldPartitions } from '../../../shared/flows/watch/held-partitions.ts';
import { type Connections, WorkerConnections } from '../../../shared/flows/watch/worker-connections.ts';
import { WorkerRoom } from '../../../shared/flows/watch/worker-room.ts';
import { openStore } from '../../../shared/store/client.ts';
import { handClock } from '../../support/hand-clock.ts';
import { promptRequests } from '../../support/lease-model/prompt-requests.ts';
import { TableInMemory } from '../../support/lease-model/table-in-memory.ts';

/** Mail servers that never answer. */
const silent: Connections = {
  size: 0,
  isWatching: () => false,
  ensure: () => undefined,
  settled: () => new Promise(() => undefined),
  drop: async () => undefined,
  stop: async () => undefined,
};

it('takes up many partitions at once whose servers are silent, and Node sees no leak in it', async () => {
  const warnings: string[] = [];
  const note = ({ message }: Error) => void warnings.push(message);
  process.on('warning', note);
  const { clock } = handClock(() => true);
  const store = openStore(
    { tableName: 'model', partitions: 24 },
    promptRequests(new TableInMemory(clock.now)),
  );
  const held = new HeldPartitions(
    { store, clock, log: silentLog },
    {
      workerId: 'w',
      isPolled: () => false,
      connections: new WorkerConnections(silent),
      room: new WorkerRoom(900, () => 0),
    },
  );
  const taking = held.takeUp(Array.from({ length: 24 }, (_, partition) => partition));
  for (let turn = 0; turn < 20; turn++) await setImmediate();
  await held.close();
  await taking;
  process.off('warning', note);
  expect(warnings).toEqual([]);
});
