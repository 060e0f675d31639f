import type { Random } from '../random.ts';
import { groupBy } from './group-by.ts';

/** One mail, to be delivered once and told of. */
export type Letter = { readonly id: string; readonly mailbox: number; readonly from: string };

export type Fault =
  | { readonly kind: 'mail'; readonly letters: readonly Letter[] }
  | { readonly kind: 'kill' | 'drain' | 'queues-killed' }
  | { readonly kind: 'stop'; readonly forMs: number }
  /** It meets as many of the mailboxes, in this order, as have a connection. */
  | { readonly kind: 'cut' | 'half-open'; readonly mailboxes: readonly number[]; readonly most: number }
  | { readonly kind: 'host-refuses' | 'database-out' | 'database-slow' | 'cut-off'; readonly forMs: number }
  | { readonly kind: 'renumber' | 'rename-chats'; readonly mailbox: number }
  | { readonly kind: 'password'; readonly mailbox: number; readonly forMs: number };

/** What happens when: ms of the machine's time after the first. */
export type Step = Fault & { readonly atMs: number };

export type Chosen = {
  readonly mailboxes: number;
  readonly messages: number;
  /** For how long faults come. */
  readonly faultMs: number;
  /** Mailboxes whose chats are moved to COI/Chats. */
  readonly filed: readonly number[];
};

/** Senders of each mailbox, a conversation each. */
const senders = ['bob@example.test', 'carol@example.test', 'dave@example.test'];

/** Everything that will happen, drawn from the seed. Whom a kill meets is drawn then, of those that live. */
export function drawFaults(random: Random, chosen: Chosen): Step[] {
  const { faultMs, mailboxes } = chosen;
  const all = Array.from({ length: mailboxes }, (_, index) => index);
  const changed = random.some(all, Math.round(mailboxes * 0.11));
  const renumbered = changed.splice(0, Math.ceil(changed.length / 2));
  const steps: Step[] = [
    ...burstsOf(random, lettersOf(random, chosen)).map((letters) => ({
      kind: 'mail' as const,
      letters,
      atMs: random.between(0, faultMs),
    })),
    ...each(random, faultMs, [1_500, 3_500], () => processFault(random)),
    ...each(random, faultMs, [400, 1_200], () => connectionFault(random, all)),
    ...each(random, faultMs, [3_000, 7_000], () => databaseFault(random)),
    ...renumbered.map((mailbox) => ({
      kind: 'renumber' as const,
      mailbox,
      atMs: random.between(0, faultMs),
    })),
    ...changed.map((mailbox) => ({
      kind: 'password' as const,
      mailbox,
      forMs: random.between(3_000, 9_000),
      atMs: random.between(0, faultMs * 0.8),
    })),
    ...random.some(chosen.filed, Math.ceil(chosen.filed.length / 3)).map((mailbox) => ({
      kind: 'rename-chats' as const,
      mailbox,
      atMs: random.between(faultMs * 0.2, faultMs),
    })),
  ];
  return steps.toSorted((one, other) => one.atMs - other.atMs);
}

/** A third of the mails goes to a few mailboxes: with more of them at a time than are fetched at once. */
function lettersOf(random: Random, { mailboxes, messages }: Chosen): Letter[] {
  const busy = random.some(
    Array.from({ length: mailboxes }, (_, index) => index),
    Math.max(1, Math.round(mailboxes / 30)),
  );
  return Array.from({ length: messages }, (_, number) => ({
    id: `<chat$fault.${number}@example.test>`,
    mailbox: (random.chance(1 / 3) ? random.pick(busy) : undefined) ?? random.below(mailboxes),
    from: random.pick(senders) ?? '',
  }));
}

/** Mails of one mailbox come together, up to 40 of them. */
function burstsOf(random: Random, letters: readonly Letter[]): Letter[][] {
  const byMailbox = groupBy(letters, ({ mailbox }) => mailbox);
  return [...byMailbox.values()].flatMap((of) => {
    const bursts: Letter[][] = [];
    for (const left = [...of]; left.length > 0; ) bursts.push(left.splice(0, 1 + random.below(40)));
    return bursts;
  });
}

function each(
  random: Random,
  faultMs: number,
  [least, most]: readonly [number, number],
  draw: () => Fault,
): Step[] {
  const steps: Step[] = [];
  for (let atMs = random.between(0, most); atMs < faultMs; atMs += random.between(least, most))
    steps.push({ ...draw(), atMs });
  return steps;
}

function processFault(random: Random): Fault {
  const number = random.next();
  if (number < 0.5) return { kind: 'kill' };
  if (number < 0.65) return { kind: 'queues-killed' };
  if (number < 0.9) return { kind: 'stop', forMs: random.between(1_000, 9_000) };
  return { kind: 'drain' };
}

function connectionFault(random: Random, all: readonly number[]): Fault {
  const number = random.next();
  const mailboxes = random.some(all, all.length);
  if (number < 0.6) return { kind: 'cut', mailboxes, most: 1 + random.below(3) };
  if (number < 0.85) return { kind: 'half-open', mailboxes, most: 1 };
  if (number < 0.95) return { kind: 'cut', mailboxes, most: Math.ceil(all.length / 8) };
  return { kind: 'host-refuses', forMs: random.between(500, 2_000) };
}

function databaseFault(random: Random): Fault {
  const number = random.next();
  if (number < 0.35) return { kind: 'database-out', forMs: random.between(500, 2_500) };
  if (number < 0.7) return { kind: 'database-slow', forMs: random.between(1_000, 3_000) };
  return { kind: 'cut-off', forMs: random.between(2_000, 6_000) };
}
