import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { limits } from '../../../shared/core/limits.ts';
import { retryPush } from '../../../shared/flows/push/retry-push.ts';
import { parsePollMessage, parsePushMessage } from '../../../shared/flows/queue-messages.ts';
import type { Services } from '../../../shared/flows/services.ts';
import { holdPartitions } from '../../../shared/flows/watch/hold-partitions.ts';
import { takePoll } from '../../../shared/flows/watch/take-poll.ts';
import { isPolled } from '../../../shared/flows/watch/watch-mode.ts';
import { Watchers } from '../../../shared/flows/watch/watchers.ts';
import { breakOffConnections } from '../../../shared/net/connect.ts';
import { createWorker } from '../../../shared/store/worker.ts';
import type { Noting } from './worker-services.ts';

export type HoldingTask = {
  /** `invoked` as `functions/idle/handler.ts` is, `container` as `functions/idle/main.ts`. */
  readonly role: 'invoked' | 'container';
  readonly workerId: string;
  /** From its start until it begins to hand over, in its own time; a container is told by SIGTERM. */
  readonly drainsAfterMs: number;
  /** Connections that a container takes. */
  readonly capacity: number;
};

/** @returns the exit code: 0 when all was handed over */
export async function holdConnections(
  services: Services,
  task: HoldingTask,
  stop: AbortController,
): Promise<number> {
  const { store, clock } = services;
  const { role, workerId } = task;
  const isContainer = role === 'container';
  const instance = randomUUID();
  if (isContainer) {
    await createWorker(store, {
      id: workerId,
      state: 'running',
      instance,
      capacity: task.capacity,
      sessions: 0,
      partitions: [],
      version: 1,
      aliveUntil: clock.now() + limits.workerLifeMs,
      drainsAt: undefined,
    });
  } else {
    void clock.sleep(task.drainsAfterMs).then(() => stop.abort());
  }
  const close = new AbortController();
  stop.signal.addEventListener('abort', () => {
    // As far from its beginning to hand over as Lambda's end, or Fargate's patience.
    void clock.sleep(limits.handOverMs - limits.workerCloseMs).then(() => close.abort());
  });
  const end = await holdPartitions(services, {
    workerId,
    instance,
    capacity: isContainer ? task.capacity : limits.workerSessions,
    memoryUse: () => 0,
    connections: new Watchers(services),
    drainsAt: isContainer ? undefined : clock.now() + task.drainsAfterMs,
    isPolled: (watch) => isPolled(watch, 'auto', 'idle-while-active', clock.now()),
    drain: stop.signal,
    close: close.signal,
  });
  breakOffConnections();
  return end === 'handed-over' ? 0 : 1;
}

/** Polls and deferred pushes, as `functions/poll` and `functions/push` do them. */
export async function consumeQueues(services: Services, note: Noting, signal: AbortSignal): Promise<number> {
  const { queues } = services;
  // Each lane listens; Node takes more than ten for a leak.
  setMaxListeners(0, signal);
  await Promise.all([
    queues.consume(
      'poll',
      async (body) => {
        const { accountIds } = parsePollMessage(body);
        await takePoll(services, body, { signal }).finally(() => {
          for (const account of accountIds) note('looked', { account });
        });
      },
      // As on Lambda, where a process has one event in hand.
      { signal, concurrency: 1 },
    ),
    queues.consume(
      'push',
      async (body) => {
        const { accountId, id } = parsePushMessage(body);
        await retryPush(services, accountId, id);
      },
      { signal },
    ),
  ]);
  return 0;
}
