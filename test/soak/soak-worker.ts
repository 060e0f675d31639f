import { setTimeout as delay } from 'node:timers/promises';
import { getHeapCodeStatistics } from 'node:v8';
import { systemClock } from '../../shared/core/clock.ts';
import { openConnections } from '../../shared/net/connect.ts';
import { holdConnections } from '../support/faults/worker-roles.ts';
import { openWorkerServices, type ServicesTask } from '../support/faults/worker-services.ts';

export type SoakTask = ServicesTask & {
  readonly workerId: string;
  /** How often memory is told. */
  readonly everyMs: number;
  /** Of the generation, until it would begin to hand over. */
  readonly drainsAfterMs: number;
};

/** Bytes, those of compiled code left out of the heap's, and how many connections to mail servers there are. */
export type Reading = { readonly rss: number; readonly heap: number; readonly connections: number };

// One worker, as Lambda runs it, that tells of its memory. What waits to be collected is collected first: a leak is what
// is left.
process.once('disconnect', () => process.exit());
process.once('message', (task: SoakTask) => void run(task));

async function run(task: SoakTask): Promise<void> {
  const services = await openWorkerServices(task, systemClock);
  const { workerId, drainsAfterMs } = task;
  const holding = { role: 'invoked', workerId, drainsAfterMs, capacity: 0 } as const;
  void holdConnections(services, holding, new AbortController()).then((code) => process.exit(code));
  for (;;) {
    await delay(task.everyMs);
    globalThis.gc?.();
    const { rss, heapUsed } = process.memoryUsage();
    // What is made of code that runs often grows for a while and is no leak: between two heap snapshots, a minute and 1,300 mails
    // apart, it was all that had grown (Node 20.20, 2026-12-01).
    const code = getHeapCodeStatistics();
    const heap = heapUsed - code.code_and_metadata_size - code.bytecode_and_metadata_size;
    process.send?.({ rss, heap, connections: openConnections() });
  }
}
