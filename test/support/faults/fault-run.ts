import { setTimeout as delay } from 'node:timers/promises';
import type { Services } from '../../../shared/flows/services.ts';
import type { Random } from '../random.ts';
import { type AwsTrouble, noTrouble } from './aws-proxy.ts';
import type { Fault, Letter, Step } from './fault-plan.ts';
import type { Fleet, Member } from './fleet.ts';
import type { MailPost } from './mail-post.ts';
import type { Mailbox, MailboxOwners } from './mailboxes.ts';
import type { Surroundings } from './surroundings.ts';

/** What was done, for the figures. */
export type Counts = Record<
  | 'killed'
  | 'stopped'
  | 'told to hand over'
  | 'connections cut'
  | 'connections half-open'
  | 'times the mail server refused'
  | 'times the database was out'
  | 'times the database was slow'
  | 'workers cut off'
  | 'UIDVALIDITY changes'
  | 'folders renamed away'
  | 'passwords changed',
  number
>;

export type FaultRunParts = {
  readonly random: Random;
  /** Everything comes so many times later and lasts so many times longer than the plan says. */
  readonly slowness: number;
  readonly surroundings: Surroundings;
  readonly fleet: Fleet;
  readonly mailboxes: readonly Mailbox[];
  readonly owners: MailboxOwners;
  readonly post: MailPost;
  /** Past the proxy: for what is no part of the service. */
  readonly services: Services;
};

const newPassword = 'battery-staple';
/** Of all requests, beside the times when nothing goes through. */
const troubledRate = 0.02;

/** Plays the steps of a plan. Each is drawn; only whom it meets depends on who lives at that moment. */
export class FaultRun {
  readonly counts: Counts = {
    killed: 0,
    stopped: 0,
    'told to hand over': 0,
    'connections cut': 0,
    'connections half-open': 0,
    'times the mail server refused': 0,
    'times the database was out': 0,
    'times the database was slow': 0,
    'workers cut off': 0,
    'UIDVALIDITY changes': 0,
    'folders renamed away': 0,
    'passwords changed': 0,
  };
  readonly delivered: Letter[] = [];
  readonly #parts: FaultRunParts;
  #trouble: AwsTrouble = noTrouble;
  readonly #underWay = new Set<Promise<void>>();

  constructor(parts: FaultRunParts) {
    this.#parts = parts;
  }

  /** Resolves when every step was played and every fault lifted, but for half-open connections, which stay what they are. */
  async play(steps: readonly Step[]): Promise<void> {
    const startedAt = performance.now();
    await this.#set({ rate: troubledRate });
    for (const step of steps) {
      await delay(Math.max(0, step.atMs * this.#parts.slowness - (performance.now() - startedAt)));
      this.#begin(this.#apply(step));
    }
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
    await this.#set({ ...noTrouble });
  }

  async deliver(letters: readonly Letter[]): Promise<void> {
    const { post, mailboxes } = this.#parts;
    await Promise.all(
      letters.map(async (letter) => {
        const mailbox = mailboxes[letter.mailbox];
        if (mailbox === undefined) throw new Error('a letter to nobody');
        await post.deliver(letter, mailbox.account.email);
        this.delivered.push(letter);
      }),
    );
  }

  #begin(work: Promise<void>): void {
    const noted = work.finally(() => this.#underWay.delete(noted));
    this.#underWay.add(noted);
    // Heard of when all are waited for.
    noted.catch(() => undefined);
  }

  async #apply(fault: Fault): Promise<void> {
    const { random, surroundings, fleet, owners, services, mailboxes } = this.#parts;
    const all = mailboxes.map(({ index }) => index);
    switch (fault.kind) {
      case 'mail':
        return this.deliver(fault.letters);
      case 'kill':
      case 'queues-killed':
        return this.#toOne(fault.kind === 'kill' ? holders : ['queues'], async (member) => {
          this.counts.killed += 1;
          fleet.kill(member);
        });
      case 'stop':
        return this.#toOne([...holders, 'queues'], async (member) => {
          this.counts.stopped += 1;
          fleet.stop(member);
          await this.#last(fault.forMs);
          fleet.goOn(member);
        });
      case 'drain':
        return this.#toOne(holders, async (member) => {
          this.counts['told to hand over'] += 1;
          fleet.drain(member);
        });
      case 'cut':
        this.counts['connections cut'] += await surroundings.tell({
          kind: 'cut',
          mailboxes: fault.mailboxes,
          most: fault.most,
        });
        return;
      case 'half-open':
        this.counts['connections half-open'] += await surroundings.tell({
          kind: 'silence',
          mailboxes: fault.mailboxes,
          most: fault.most,
        });
        return;
      case 'host-refuses':
        this.counts['times the mail server refused'] += 1;
        await surroundings.tell({ kind: 'refuse', mailboxes: all });
        await this.#last(fault.forMs);
        await surroundings.tell({ kind: 'admit', mailboxes: all });
        return;
      case 'database-out':
        this.counts['times the database was out'] += 1;
        return this.#troubleFor(fault.forMs, { isOut: true }, { isOut: false });
      case 'database-slow':
        this.counts['times the database was slow'] += 1;
        return this.#troubleFor(fault.forMs, { slowMs: random.between(300, 1_500) }, { slowMs: 0 });
      case 'cut-off':
        return this.#toOne([...holders, 'queues'], ({ name }) => {
          this.counts['workers cut off'] += 1;
          return this.#troubleFor(fault.forMs, { cutOff: [name] }, { cutOff: [] });
        });
      case 'renumber':
        this.counts['UIDVALIDITY changes'] += 1;
        return owners.renumber(this.#mailbox(fault.mailbox));
      case 'rename-chats':
        this.counts['folders renamed away'] += 1;
        return owners.renameChats(this.#mailbox(fault.mailbox));
      case 'password': {
        this.counts['passwords changed'] += 1;
        const mailbox = this.#mailbox(fault.mailbox);
        owners.setPasswords([mailbox.account.email], newPassword);
        await surroundings.tell({ kind: 'cut', mailboxes: [mailbox.index], most: 1 });
        await this.#last(fault.forMs);
        return owners.signInAgain(services, mailbox);
      }
    }
  }

  #last(ms: number): Promise<void> {
    return delay(ms * this.#parts.slowness);
  }

  async #toOne(roles: readonly Member['role'][], work: (member: Member) => Promise<void>): Promise<void> {
    const member = this.#parts.random.pick(this.#parts.fleet.living(...roles));
    if (member !== undefined) await work(member);
  }

  async #troubleFor(ms: number, change: Partial<AwsTrouble>, back: Partial<AwsTrouble>): Promise<void> {
    await this.#set(change);
    await this.#last(ms);
    await this.#set(back);
  }

  async #set(change: Partial<AwsTrouble>): Promise<void> {
    this.#trouble = { ...this.#trouble, ...change };
    await this.#parts.surroundings.tell({ kind: 'aws', trouble: this.#trouble });
  }

  #mailbox(index: number): Mailbox {
    const mailbox = this.#parts.mailboxes[index];
    if (mailbox === undefined) throw new Error('no such mailbox');
    return mailbox;
  }
}

const holders = ['invoked', 'container'] as const;
