import { type FastTime, fastClock } from './fast-clock.ts';
import { consumeQueues, type HoldingTask, holdConnections } from './worker-roles.ts';
import { notingTo, openWorkerServices, type ServicesTask } from './worker-services.ts';

export type WorkerTask = ServicesTask &
  Omit<HoldingTask, 'role'> & {
    readonly role: HoldingTask['role'] | 'queues';
    readonly time: FastTime;
    readonly skewMs: number;
  };

// A process of the service, with its real code. It ends with the one that started it.
process.once('disconnect', () => process.exit());
process.once('message', (task: WorkerTask) => {
  void run(task).then(
    (code) => process.exit(code),
    (error: unknown) => {
      // Nobody can begin, or sign off, without the database: such a process ends, and another one is started.
      if (!isOfDatabase(error)) throw error;
      notingTo(task.notesFile)('without-database');
      process.exit(1);
    },
  );
});

async function run(task: WorkerTask): Promise<number> {
  const services = await openWorkerServices(task, fastClock(task.time, task.skewMs));
  const note = notingTo(task.notesFile);
  const stop = new AbortController();
  // Said twice, it is meant once.
  process.on('SIGTERM', () => stop.abort());
  stop.signal.addEventListener('abort', () => note('drained'));
  const { role } = task;
  return role === 'queues'
    ? consumeQueues(services, note, stop.signal)
    : holdConnections(services, { ...task, role }, stop);
}

/** What the AWS SDK gave up on says how often it tried. */
function isOfDatabase(error: unknown): boolean {
  return error instanceof Error && '$metadata' in error;
}
