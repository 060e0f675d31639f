import type { Member } from './fleet.ts';
import { groupBy } from './group-by.ts';
import type { Note } from './worker-services.ts';

/** From when to when a process had a mailbox in hand, by a connection that it held or by a poll; machine's time, ms. */
export type Look = {
  readonly who: string;
  readonly account: string;
  readonly from: number;
  to: number;
  /** When a request about it failed, or another one was found to have been faster: what was in hand may come again. */
  readonly upsets: number[];
};

const upsets = ['database-failed', 'overtaken'];
const ends = ['looked', 'watch-interrupted', 'watch-stopped'];

/** What a process looked at, by what it noted. A connection that is held is checked many times, and ends otherwise. */
export function looksOf(member: Member, notes: readonly Note[]): Look[] {
  const looks: Look[] = [];
  const open = new Map<string, Look>();
  const isEnd = ({ event }: Note) => (event === 'looked' ? member.role === 'queues' : ends.includes(event));
  for (const note of notes) {
    const { account, at: from } = note;
    if (account === undefined) continue;
    const now = open.get(account);
    // Who asks again in between has not let go of it.
    if (note.event === 'look' && now === undefined) {
      const look = { who: member.name, account, from, to: Number.POSITIVE_INFINITY, upsets: [] };
      looks.push(look);
      open.set(account, look);
    } else if (upsets.includes(note.event)) {
      now?.upsets.push(note.at);
    } else if (isEnd(note)) {
      if (now !== undefined) now.to = note.at;
      open.delete(account);
    }
  }
  for (const look of looks) look.to = Math.min(look.to, member.endedAt ?? Number.POSITIVE_INFINITY);
  return looks;
}

/** Looks by their mailbox, for those that two had in hand at once. */
export class Looks {
  readonly #byAccount: ReadonlyMap<string, readonly Look[]>;

  constructor(looks: readonly Look[]) {
    this.#byAccount = groupBy(looks, ({ account }) => account);
  }

  of(account: string): readonly Look[] {
    return this.#byAccount.get(account) ?? [];
  }

  /** Whether a look of one of these and another look, of whomever, overlapped in this time. */
  overlapped(account: string, processes: readonly string[], from: number, to: number): boolean {
    const inTime = this.of(account).filter((look) => look.from <= to && look.to >= from);
    return inTime.some(
      (one) =>
        processes.includes(one.who) &&
        inTime.some((other) => other !== one && Math.max(one.from, other.from) < Math.min(one.to, other.to)),
    );
  }
}
