import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { bundleOptions } from '../../../../infra/bundle-options.ts';
import { eventually } from '../../eventually.ts';
import type { Random } from '../../random.ts';
import { killChild, startChild } from '../child.ts';
import { linesOf } from '../fleet.ts';
import { type DeadlyStep, deadlyStepsOf, type SenderRole } from './deadly-steps.ts';
import { portOwner } from './port-owner.ts';
import type { SenderCall, SenderNews, SenderTask } from './sender-process.ts';

export type Sender = {
  readonly name: string;
  readonly role: SenderRole;
  readonly child: ChildProcess;
  isReady: boolean;
  /** When it was killed, or killed itself; undefined while it lives. */
  diedAt: number | undefined;
};

export type Answer = { readonly status: number; readonly body: unknown };

/** Everything a sender is told but what makes it this one. */
export type CommonSenderTask = Omit<
  SenderTask,
  'name' | 'role' | 'aws' | 'notesFile' | 'deadly' | 'after'
> & {
  aws(who: string): SenderTask['aws'];
};

/** Steps that a process takes at least before it dies; five times as many at most. */
const livesFor = { api: 60, queue: 20 } as const;

/** The processes that send. One that dies is followed by another at once. */
export class Senders {
  readonly all: Sender[] = [];
  /** How often a process died at each step. */
  readonly deaths = new Map<string, number>();
  readonly #dir: string;
  readonly #common: CommonSenderTask;
  readonly #random: Random;
  readonly #script: string;
  readonly #calls = new Map<number, { sender: Sender; resolve(answer: Answer | 'died'): void }>();
  #called = 0;
  #isStopping = false;
  /** Whether processes are told to die at steps of their own. */
  isDeadly = true;

  constructor(dir: string, common: CommonSenderTask, random: Random) {
    this.#dir = dir;
    this.#common = common;
    this.#random = random;
    this.#script = bundleOfSender(dir);
  }

  start(role: SenderRole): void {
    const name = `${role}-${this.all.length}`;
    const child = startChild(`file://${this.#script}`, {
      printTo: join(this.#dir, `${name}.out`),
      isBundled: true,
    });
    const sender: Sender = { name, role, child, isReady: false, diedAt: undefined };
    this.all.push(sender);
    child.on('error', () => undefined);
    child.on('message', (news: SenderNews) => this.#hear(sender, news));
    child.once('exit', () => {
      sender.diedAt ??= Date.now();
      this.#buried(sender);
      if (!this.#isStopping) this.start(role);
    });
    const { aws, ...common } = this.#common;
    child.send({
      ...{ ...common, name, role, aws: aws(name), notesFile: this.#notesFile(name) },
      deadly: this.isDeadly ? this.#rarest(role) : [],
      after: livesFor[role] + this.#random.below(livesFor[role] * 4),
    });
  }

  /** Somebody who can be asked. */
  ready(role: SenderRole): Sender | undefined {
    return this.#random.pick(
      this.all.filter((each) => each.role === role && each.isReady && each.diedAt === undefined),
    );
  }

  /** @returns `died` when the process did before it answered */
  call(sender: Sender, call: Omit<SenderCall, 'call'>): Promise<Answer | 'died'> {
    this.#called += 1;
    const number = this.#called;
    return new Promise((resolve) => {
      this.#calls.set(number, { sender, resolve });
      sender.child.send({ ...call, call: number }, (error) => error && this.#answer(number, 'died'));
    });
  }

  /** Whose connection comes from this port. */
  at(port: number | undefined): Sender | undefined {
    const living = this.all.filter(({ diedAt }) => diedAt === undefined);
    const owner =
      port === undefined
        ? undefined
        : portOwner(
            port,
            living.flatMap(({ child }) => child.pid ?? []),
          );
    return living.find(({ child }) => owner !== undefined && child.pid === owner);
  }

  kill(sender: Sender, step: string): void {
    if (sender.diedAt !== undefined) return;
    sender.diedAt = Date.now();
    this.#count(step);
    sender.child.kill('SIGKILL');
  }

  /** Ends those who still wait to die, and has others in their place who do not. */
  async replaceAll(): Promise<void> {
    this.isDeadly = false;
    const living = this.all.filter(({ diedAt }) => diedAt === undefined);
    await Promise.all(living.map(({ child }) => killChild(child)));
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.all.map(({ child }) => killChild(child)));
  }

  /** What processes printed: nothing, unless one crashed. */
  printed(): string[] {
    return this.all.flatMap(({ name }) =>
      linesOf(join(this.#dir, `${name}.out`)).map((line) => `${name}: ${line}`),
    );
  }

  someReady(role: SenderRole): Promise<Sender> {
    return eventually(`a process for ${role}`, () => this.ready(role), 60_000);
  }

  /** The steps at which the fewest died. */
  #rarest(role: SenderRole): DeadlyStep[] {
    const steps = deadlyStepsOf(role);
    const count = (step: DeadlyStep) => this.deaths.get(`${role} ${step}`) ?? 0;
    const least = Math.min(...steps.map(count));
    return steps.filter((step) => count(step) === least);
  }

  #hear(sender: Sender, news: SenderNews): void {
    switch (news.kind) {
      case 'ready':
        sender.isReady = true;
        return;
      case 'reply':
        this.#answer(news.call, { status: news.status, body: news.body });
        return;
    }
  }

  #buried({ name, role }: Sender): void {
    for (const line of linesOf(this.#notesFile(name))) {
      const { event, step } = JSON.parse(line);
      if (event === 'dies') this.#count(`${role} ${step}`);
    }
    for (const [number, { sender }] of this.#calls) if (sender.name === name) this.#answer(number, 'died');
  }

  #count(step: string): void {
    this.deaths.set(step, (this.deaths.get(step) ?? 0) + 1);
  }

  #answer(number: number, answer: Answer | 'died'): void {
    this.#calls.get(number)?.resolve(answer);
    this.#calls.delete(number);
  }

  #notesFile(name: string): string {
    return join(this.#dir, `${name}.notes`);
  }
}

/** As JavaScript in one file: many of them are started. */
function bundleOfSender(dir: string): string {
  const outfile = join(dir, 'sender.mjs');
  const { minify: _minify, target: _target, mainFields, ...options } = bundleOptions;
  const entry = new URL('./sender-process.ts', import.meta.url).pathname;
  buildSync({ ...options, mainFields: [...mainFields], target: 'node20', entryPoints: [entry], outfile });
  return outfile;
}
