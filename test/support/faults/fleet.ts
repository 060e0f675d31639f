import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasEnded, killChild, startChild } from './child.ts';
import type { WorkerTask } from './worker-process.ts';
import type { Note } from './worker-services.ts';

/** A worker process and what was done to it; times of the machine, ms. */
export type Member = {
  readonly name: string;
  readonly role: WorkerTask['role'];
  readonly workerId: string;
  readonly skewMs: number;
  readonly startedAt: number;
  /** Since when it is stopped, if it is. */
  stoppedAt: number | undefined;
  /** From SIGSTOP to SIGCONT, or to its end. */
  readonly stops: { from: number; to: number }[];
  /** When it was told to hand over, or began to by itself. */
  drainedAt: number | undefined;
  killedAt: number | undefined;
  endedAt: number | undefined;
  exitCode: number | undefined;
};

type Running = { readonly member: Member; readonly child: ChildProcess };

/** Everything a member is told but what makes it this one. */
export type CommonTask = Omit<WorkerTask, 'name' | 'role' | 'workerId' | 'skewMs' | 'notesFile' | 'aws'> & {
  aws(who: string): WorkerTask['aws'];
};

/** The worker processes of a run, those included that are no more. */
export class Fleet {
  readonly members: Member[] = [];
  readonly #running = new Map<string, Running>();
  readonly #dir: string;
  readonly #common: CommonTask;

  constructor(dir: string, common: CommonTask) {
    this.#dir = dir;
    this.#common = common;
  }

  start(role: WorkerTask['role'], workerId: string, skewMs: number): Member {
    const name = `w${this.members.length}`;
    const { aws, ...common } = this.#common;
    const child = startChild('./worker-process.ts', { printTo: join(this.#dir, `${name}.out`) });
    const member: Member = {
      ...{ name, role, workerId, skewMs, startedAt: Date.now(), stops: [] },
      ...{ stoppedAt: undefined, drainedAt: undefined, killedAt: undefined },
      ...{ endedAt: undefined, exitCode: undefined },
    };
    this.members.push(member);
    this.#running.set(name, { member, child });
    child.once('exit', (code) => {
      member.endedAt = Date.now();
      member.exitCode = code ?? undefined;
      this.#running.delete(name);
      if (member.stoppedAt !== undefined) member.stops.push({ from: member.stoppedAt, to: member.endedAt });
      member.stoppedAt = undefined;
    });
    child.on('error', () => undefined);
    child.send({ ...common, name, role, workerId, skewMs, aws: aws(name), notesFile: this.#notesFile(name) });
    return member;
  }

  /** Those that run, the stopped ones included: nobody else knows that they are. */
  running(role: WorkerTask['role']): Member[] {
    return [...this.#running.values()]
      .filter(({ member, child }) => member.role === role && !hasEnded(child))
      .map(({ member }) => member);
  }

  /** Those that run, and are not stopped. */
  living(...roles: readonly WorkerTask['role'][]): Member[] {
    return [...this.#running.values()]
      .filter(({ child }) => !hasEnded(child))
      .map(({ member }) => member)
      .filter(
        ({ role, stoppedAt }) => stoppedAt === undefined && (roles.length === 0 || roles.includes(role)),
      );
  }

  kill({ name }: Member): void {
    const running = this.#running.get(name);
    if (running === undefined) return;
    running.member.killedAt = Date.now();
    running.child.kill('SIGKILL');
  }

  stop({ name }: Member): void {
    const running = this.#running.get(name);
    if (running === undefined) return;
    running.member.stoppedAt = Date.now();
    running.child.kill('SIGSTOP');
  }

  /** Goes on after a stop: by then it may have been taken for dead. */
  goOn(member: Member): void {
    const running = this.#running.get(member.name);
    if (running === undefined || member.stoppedAt === undefined) return;
    running.child.kill('SIGCONT');
    member.stops.push({ from: member.stoppedAt, to: Date.now() });
    member.stoppedAt = undefined;
  }

  drain(member: Member): void {
    member.drainedAt ??= Date.now();
    this.#running.get(member.name)?.child.kill('SIGTERM');
  }

  /** Resolves when these processes have ended by themselves. */
  async ended(members: readonly Member[]): Promise<void> {
    const running = members.flatMap(({ name }) => this.#running.get(name) ?? []);
    await Promise.all(running.map(({ child }) => (hasEnded(child) ? undefined : once(child, 'exit'))));
  }

  async killAll(): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ child }) => killChild(child)));
  }

  notes({ name }: Member): Note[] {
    return linesOf(this.#notesFile(name)).map((line): Note => JSON.parse(line));
  }

  /** What a process printed: nothing, unless it crashed. */
  printed({ name }: Member): string {
    return linesOf(join(this.#dir, `${name}.out`)).join('\n');
  }

  #notesFile(name: string): string {
    return join(this.#dir, `${name}.notes`);
  }
}

export function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  } catch {
    // A process that was killed before it wrote anything.
    return [];
  }
}
