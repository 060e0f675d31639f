import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { limits } from '../../shared/core/limits.ts';
import { holdPartitions } from '../../shared/flows/watch/hold-partitions.ts';
import { isPolled } from '../../shared/flows/watch/watch-mode.ts';
import { Watchers } from '../../shared/flows/watch/watchers.ts';
import { breakOffConnections } from '../../shared/net/connect.ts';
import { createWorker } from '../../shared/store/worker.ts';
import { functionDefinitions } from '../definitions.ts';
import { openServices } from '../on-aws/all-services.ts';
import { functionHost } from '../on-aws/function-host.ts';
import { functionSettings } from '../settings/function-settings.ts';
import { memoryUse } from './memory-use.ts';

/**
 * The worker as a process that stays, for a container: it announces itself, and the minute tick gives it partitions. At
 * SIGTERM it hands over to whoever the next tick names, and ends; what is not taken by then is closed.
 */
const host = functionHost(functionDefinitions.idle, process.env);
const hostWatch = host.read(functionSettings.watch);
const services = await openServices(host);
const { store, clock } = services;

const drain = new AbortController();
const close = new AbortController();
process.once('SIGTERM', () => {
  drain.abort();
  void pause(limits.containerStopMs, undefined, { ref: false }).then(() => close.abort());
});

const workerId = `container-${randomUUID()}`;
const instance = randomUUID();
// As one that runs: nobody else is to start it.
await createWorker(store, {
  id: workerId,
  state: 'running',
  instance,
  capacity: limits.containerSessions,
  sessions: 0,
  partitions: [],
  version: 1,
  aliveUntil: clock.now() + limits.workerLifeMs,
  drainsAt: undefined,
});
const end = await holdPartitions(services, {
  workerId,
  instance,
  capacity: limits.containerSessions,
  memoryUse: () => memoryUse(undefined),
  connections: new Watchers(services),
  drainsAt: undefined,
  isPolled: (watch) => isPolled(watch, hostWatch, 'idle-while-active', clock.now()),
  drain: drain.signal,
  close: close.signal,
});
breakOffConnections();
services.metrics.flush();
// Whoever was taken for dead starts anew; a container that was told to stop ends well.
process.exit(drain.signal.aborted || end === 'handed-over' ? 0 : 1);
