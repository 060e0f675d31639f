import type { Member } from './fleet.ts';
import { type Look, Looks, looksOf } from './looks.ts';
import type { Told } from './push-log.ts';
import type { Note } from './worker-services.ts';

/** Why a message was told of again. */
export type Reason =
  | 'killed before the cursor moved'
  | 'stopped before the cursor moved'
  | 'handed over before the cursor moved'
  | 'database failed before the cursor moved'
  | 'looked at by two at once'
  | 'answer of the push service lost'
  | 'owed push was not struck off';

export type Repeat = {
  readonly first: Told;
  readonly again: Told;
  /** Undefined for one that nothing explains. */
  readonly reason: Reason | undefined;
  /** The looks into the mailbox that told it, each with its process, its beginning, and how many upsets it had had. */
  readonly hands: string;
};

export type Evidence = {
  readonly members: readonly Member[];
  readonly notes: ReadonlyMap<string, readonly Note[]>;
};

/** Times are noted by several processes, each as it gets round to it. */
const slackMs = 3_000;

/**
 * The stated window: a message is told of again only when the one who told it first did not live, or did not get through,
 * to move the cursor past it, or when another one had the mailbox in hand at that moment. What explains a repeat lies
 * between its two pushes and with those who made them; a fault elsewhere at the same time explains nothing.
 */
export function explainRepeats(
  told: ReadonlyMap<string, readonly Told[]>,
  accountOf: (mailbox: number) => string,
  evidence: Evidence,
): Repeat[] {
  const looks = new Looks(
    evidence.members.flatMap((member) => looksOf(member, evidence.notes.get(member.name) ?? [])),
  );
  const members = new Map(evidence.members.map((member) => [member.name, member]));

  /** What a push service put off is made by whoever the queue wakes, without a look into the mailbox. */
  function wasOwed(account: string, at: number): boolean {
    return [...evidence.notes.values()]
      .flat()
      .some((note) => note.event === 'push-deferred' && note.account === account && note.at <= at + slackMs);
  }

  function reasonOf(first: Told, again: Told, hand: Look | undefined): Reason | undefined {
    const [from, to] = [first.at - slackMs, again.at + slackMs];
    const isBetween = (at: number | undefined) => at !== undefined && at >= from && at <= again.at;
    const one = members.get(first.who);
    const account = accountOf(first.mailbox);
    const wasStopped = (who: string) =>
      members.get(who)?.stops.some((stop) => stop.from <= again.at && stop.to >= from) ?? false;
    const notes = (evidence.notes.get(first.who) ?? []).filter((note) => note.account === account);
    const noted = (event: string, since: number) =>
      notes.some((note) => note.event === event && note.at >= since && note.at <= again.at);
    if (isBetween(one?.killedAt)) return 'killed before the cursor moved';
    if (wasStopped(first.who) || wasStopped(again.who)) return 'stopped before the cursor moved';
    // What failed for another mail of the batch lets all of it come again, once the batch has ended.
    if (isBetween(hand?.to) && noted('database-failed', hand?.from ?? from))
      return 'database failed before the cursor moved';
    if (noted('push-deferred', from)) return 'answer of the push service lost';
    if (wasOwed(account, first.at) && noted('database-failed', from)) return 'owed push was not struck off';
    if (noted('watch-stopped', from) || isBetween(one?.endedAt)) return 'handed over before the cursor moved';
    if (looks.overlapped(account, [first.who, again.who], from, to)) return 'looked at by two at once';
    return undefined;
  }

  return [...told.values()].flatMap((pushes) =>
    pushes.slice(1).flatMap((again, index) => {
      const first = pushes[index];
      if (first === undefined) return [];
      const account = accountOf(first.mailbox);
      const [look, lookAgain] = [first, again].map(({ who, at }) =>
        looks.of(account).findLast((each) => each.who === who && each.from <= at),
      );
      const hands = [handOf(first, look), handOf(again, lookAgain)].join(' then ');
      return { first, again, reason: reasonOf(first, again, look), hands };
    }),
  );
}

function handOf({ who, mailbox, at }: Told, look: Look | undefined): string {
  return `${who} ${mailbox} ${look?.from} ${look?.upsets.filter((upset) => upset <= at).length}`;
}
