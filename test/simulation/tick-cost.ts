import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../shared/core/clock.ts';
import { silentLog } from '../../shared/core/log.ts';
import { memberOf } from '../../shared/core/outside-data.ts';
import { tick } from '../../shared/flows/watch/tick.ts';
import { isPolled } from '../../shared/flows/watch/watch-mode.ts';
import { openQueues } from '../../shared/queue/queues.ts';
import { openStore } from '../../shared/store/client.ts';

/** CPU time of the minute tick here, in seconds of one core. */
export type TickCost = { readonly perAccount: number; readonly perPartition: number };

const partitions = 64;
const fullPartition = 400;
const runs = 5;

/** The real tick with the real clients of table and queue, against answers from memory: at empty and at full partitions. */
export async function measureTick(): Promise<TickCost> {
  const empty = await cpuOfTick(0);
  const full = await cpuOfTick(fullPartition);
  return {
    perAccount: (full - empty) / (partitions * fullPartition),
    perPartition: empty / partitions,
  };
}

/** The median of some runs, after one that warms up. */
async function cpuOfTick(watches: number): Promise<number> {
  const child = fork(fileURLToPath(new URL('table-stub-child.ts', import.meta.url)), [String(watches)]);
  try {
    const endpoint = `http://127.0.0.1:${await portOf(child)}`;
    const address = {
      endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'A', secretAccessKey: 'B' },
    };
    const store = openStore({ ...address, tableName: 'coi-push', partitions });
    const queues = openQueues({ ...address, urls: { poll: `${endpoint}/poll` } });
    const services = { clock: systemClock, log: silentLog, metrics: { add() {}, flush() {} }, store, queues };
    const options = {
      isPolled: (watch: Parameters<typeof isPolled>[0]) =>
        isPolled(watch, 'auto', 'idle-while-active', Date.now()),
      isHeld: () => true,
    };
    const seconds: number[] = [];
    for (let run = 0; run <= runs; run++) {
      const before = process.cpuUsage();
      const { accounts } = await tick(services, options);
      const { user, system } = process.cpuUsage(before);
      if (accounts !== watches * partitions) throw new Error('the tick did not read what is there');
      if (run > 0) seconds.push((user + system) / 1e6);
    }
    store.close();
    queues.close();
    return seconds.sort((a, b) => a - b)[Math.floor(runs / 2)] ?? Number.NaN;
  } finally {
    child.disconnect();
  }
}

async function portOf(child: ChildProcess): Promise<number> {
  const [listening]: unknown[] = await once(child, 'message');
  return Number(memberOf(listening, 'port'));
}
