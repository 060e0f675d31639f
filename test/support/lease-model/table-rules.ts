import type { Mailbox } from './mailbox.ts';
import type { Write } from './table-in-memory.ts';

/**
 * What no write may break, whatever happens. A cursor is moved by whoever started from where it is, so it never goes back
 * and never passes a mail that nobody was told of; its generation never falls, so that a former holder moves none after a
 * later one moved one. Before that it may: it tells of the same mail then, and its move is as good as the new holder's.
 */
export class TableRules {
  readonly broken: string[] = [];
  /** Cursors that were moved, and leases that were taken: a model in which nothing happens proves nothing. */
  readonly counts = { moves: 0, fencedMoves: 0, taken: 0, deaths: 0 };
  readonly #mailboxes: ReadonlyMap<string, Mailbox>;
  readonly #owners = new Map<string, string>();
  readonly #onDeath: () => void;

  /** @param onDeath when a worker was noted as dead */
  constructor(mailboxes: ReadonlyMap<string, Mailbox>, onDeath: () => void) {
    this.#mailboxes = mailboxes;
    this.#onDeath = onDeath;
  }

  check({ pk, sk, before, after }: Write): void {
    if (sk === 'LEASE') this.#checkLease(pk, before, after);
    else if (sk.startsWith('M#')) this.#checkWatch(sk.slice(2), before, after);
    else if (pk === 'WORKERS') this.#checkWorker(before, after);
  }

  #checkLease(pk: string, before: Write['before'], after: Write['after']): void {
    const [from, to] = [numberIn(before, 'g') ?? 0, numberIn(after, 'g') ?? 0];
    const [former, owner] = [before?.['w']?.S, after?.['w']?.S];
    if (to < from) this.broken.push(`the generation of ${pk} fell from ${from} to ${to}`);
    if (owner === undefined || (owner === former && to === from)) return;
    this.counts.taken += 1;
    if (to === from) this.broken.push(`${pk} changed hands within generation ${to}`);
    const known = this.#owners.get(`${pk}/${to}`);
    if (known !== undefined)
      this.broken.push(`generation ${to} of ${pk} is that of ${known} and of ${owner}`);
    this.#owners.set(`${pk}/${to}`, owner);
  }

  #checkWatch(accountId: string, before: Write['before'], after: Write['after']): void {
    if (before === undefined || after === undefined) return;
    const [from, to] = [numberIn(before, 'g') ?? 0, numberIn(after, 'g') ?? 0];
    if (to < from)
      this.broken.push(`generation ${to} moved a cursor of ${accountId} after generation ${from}`);
    const [old, now] = [uidNextIn(before), uidNextIn(after)];
    if (now === old) return;
    this.counts.moves += 1;
    if (to > from && from > 0) this.counts.fencedMoves += 1;
    if (now < old) this.broken.push(`the cursor of ${accountId} went back from ${old} to ${now}`);
    for (let uid = old; uid < now; uid++) {
      if (this.#mailboxes.get(accountId)?.toldAt.has(uid) !== true)
        this.broken.push(`the cursor of ${accountId} passed mail ${uid}, of which nobody was told`);
    }
  }

  #checkWorker(before: Write['before'], after: Write['after']): void {
    if (before?.['s']?.S === 'dead' || after?.['s']?.S !== 'dead') return;
    this.counts.deaths += 1;
    this.#onDeath();
  }
}

function numberIn(item: Write['before'], name: string): number | undefined {
  const text = item?.[name]?.N;
  return text === undefined ? undefined : Number(text);
}

function uidNextIn(item: Write['before']): number {
  return Number(item?.['f']?.M?.['INBOX']?.S?.split('.')[1] ?? 0);
}
