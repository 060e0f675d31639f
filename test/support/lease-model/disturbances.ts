import type { Random } from '../random.ts';
import type { Mailbox } from './mailbox.ts';
import type { World } from './world.ts';

/** Something that goes wrong now, for a while or for good. */
type Disturbance = (world: World, random: Random) => void;

const second = 1_000;
/** A table at its best takes its time now and then, and loses an answer. */
export const slightTrouble = { failing: 0, repeated: 0.02, lost: 0, slow: 0.02 };

const [fewestAccounts, mostAccounts] = [3, 12];

const all: readonly Disturbance[] = [
  killWorker,
  pauseWorker,
  pauseWorker,
  troubleTable,
  troubleTableOfOne,
  silenceServer,
  breakOff,
  (world) => {
    if (world.wanting.length < mostAccounts) world.addAccount();
  },
  (world, random) => {
    if (world.wanting.length > fewestAccounts)
      withWatched(world, random, (mailbox) => world.removeAccount(mailbox));
  },
  (world, random) => withWatched(world, random, (mailbox) => world.changeAccount(mailbox)),
  (world, random) => withWatched(world, random, (mailbox) => world.switchAccount(mailbox)),
  fillMemory,
  loseCalls,
  (world) => void world.tick(),
  killTick,
  misassign,
  (world, random) => {
    world.now.mostWorkers = 1 + Math.floor(random.between(0, 4));
  },
  (world, random) => deploy(world, random),
];

export function disturb(world: World): void {
  world.random.pick(all)?.(world, world.random);
}

/** All is well from now on; who is paused goes on. */
export function endDisturbances(world: World): void {
  world.now.requests = slightTrouble;
  world.now.requestsOf.clear();
  world.now.memoryUse = 0.5;
  world.now.mostWorkers = 4;
  world.now.lostCalls = 0;
  world.now.doubleCalls = 0;
  for (const { process } of world.workers) world.timeline.resume(process);
  for (const mailbox of world.mailboxes.values()) mailbox.server = 'well';
}

export function killWorker(world: World, random: Random): void {
  const worker = random.pick(world.running);
  if (worker !== undefined) world.kill(worker);
}

/** As a tick does it that saw something else than the one before: a partition is told to two workers. */
export function misassign(world: World, random: Random): void {
  const partitions = Array.from({ length: world.partitions }, (_, partition) => partition);
  for (const { process } of world.running.filter(() => random.chance(0.7))) {
    void world.tell(
      process.name,
      partitions.filter(() => random.chance(0.7)),
    );
  }
}

/** A container that is replaced; a function cannot be told to stop. */
export function deploy(world: World, random: Random): void {
  const worker = random.pick(world.running);
  if (worker === undefined || !worker.process.name.startsWith('container')) return;
  world.startContainer();
  world.timeline.after(random.between(60, 90) * second, () => world.stopContainer(worker));
}

/** The process stands still, and goes on later as if nothing had been: what it sent is done meanwhile. */
function pauseWorker(world: World, random: Random): void {
  const worker = random.pick(world.running);
  if (worker === undefined) return;
  const { process } = worker;
  process.state = 'paused';
  world.timeline.after(random.between(5, 240) * second, () => world.timeline.resume(process));
}

function troubleTable(world: World, random: Random): void {
  world.now.requests = trouble(random);
  world.timeline.after(random.between(5, 60) * second, () => {
    world.now.requests = slightTrouble;
  });
}

function troubleTableOfOne(world: World, random: Random): void {
  const worker = random.pick(world.running);
  if (worker === undefined) return;
  const { process } = worker;
  world.now.requestsOf.set(process, trouble(random));
  world.timeline.after(random.between(5, 90) * second, () => world.now.requestsOf.delete(process));
}

function trouble(random: Random) {
  return {
    failing: random.chance(0.3) ? 1 : random.between(0, 0.5),
    repeated: random.between(0, 0.3),
    lost: random.between(0, 0.3),
    slow: random.between(0, 1),
  };
}

function silenceServer(world: World, random: Random): void {
  withWatched(world, random, (mailbox) => {
    mailbox.server = random.chance(0.5) ? 'silent' : 'refusing';
    for (const { connections } of world.workers) connections.breakOff(mailbox.accountId);
    world.timeline.after(random.between(5, 90) * second, () => {
      mailbox.server = 'well';
    });
  });
}

function breakOff(world: World, random: Random): void {
  withWatched(world, random, ({ accountId }) => random.pick(world.running)?.connections.breakOff(accountId));
}

function fillMemory(world: World, random: Random): void {
  world.now.memoryUse = 0.9;
  world.timeline.after(random.between(10, 120) * second, () => {
    world.now.memoryUse = 0.5;
  });
}

function loseCalls(world: World, random: Random): void {
  world.now.lostCalls = random.between(0, 1);
  world.now.doubleCalls = random.between(0, 1);
}

function killTick(world: World, random: Random): void {
  const tick = world.tick(random.between(-5, 5) * second);
  world.timeline.after(random.between(0, 2) * second, () => {
    tick.state = 'killed';
  });
}

function withWatched(world: World, random: Random, change: (mailbox: Mailbox) => void): void {
  const mailbox = random.pick([...world.mailboxes.values()].filter(({ isWatched }) => isWatched));
  if (mailbox !== undefined) change(mailbox);
}
