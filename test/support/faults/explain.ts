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

/** Who had something in hand, and when. */
type Hand = { readonly who: string; readonly at: number };

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

  /**
   * What a push service put off is made by whoever the queue wakes, without a look into the mailbox: those who put it off
   * have it in hand still, until they move the cursor.
   */
  function owedBy(account: string, until: number): Hand[] {
    return [...evidence.notes].flatMap(([who, notes]) =>
      notes
        .filter((note) => note.event === 'push-deferred' && note.account === account && note.at <= until)
        .map(({ at }) => ({ who, at })),
    );
  }

  const lookOf = ({ who, at }: Hand, account: string): Look | undefined =>
    looks.of(account).findLast((each) => each.who === who && each.from <= at);

  /** Why somebody who had mails in hand at a moment did not move the cursor. */
  function endOf(hand: Hand, account: string, until: number): Reason | undefined {
    const from = hand.at - slackMs;
    const look = lookOf(hand, account);
    const isBetween = (at: number | undefined) => at !== undefined && at >= from && at <= until;
    if (isBetween(members.get(hand.who)?.killedAt)) return 'killed before the cursor moved';
    if (wasStopped(hand.who, from, until)) return 'stopped before the cursor moved';
    // What failed for another mail of the batch lets all of it come again, once the batch has ended.
    if (isBetween(look?.to) && noted(hand.who, account, 'database-failed', look?.from ?? from, until))
      return 'database failed before the cursor moved';
    return undefined;
  }

  function wasStopped(who: string, from: number, until: number): boolean {
    return members.get(who)?.stops.some((stop) => stop.from <= until && stop.to >= from) ?? false;
  }

  function noted(who: string, account: string, event: string, from: number, until: number): boolean {
    const notes = evidence.notes.get(who) ?? [];
    return notes.some(
      (note) => note.account === account && note.event === event && note.at >= from && note.at <= until,
    );
  }

  function reasonOf(first: Told, again: Told): Reason | undefined {
    const account = accountOf(first.mailbox);
    const from = first.at - slackMs;
    const until = again.at;
    const has = (event: string) => noted(first.who, account, event, from, until);
    const { endedAt } = members.get(first.who) ?? {};
    const isEnded = endedAt !== undefined && endedAt >= from && endedAt <= until;
    const owed = owedBy(account, first.at + slackMs);
    const end = endOf(first, account, until);
    if (end !== undefined) return end;
    if (wasStopped(again.who, from, until)) return 'stopped before the cursor moved';
    if (has('push-deferred')) return 'answer of the push service lost';
    if (owed.length > 0 && has('database-failed')) return 'owed push was not struck off';
    if (has('watch-stopped') || isEnded) return 'handed over before the cursor moved';
    if (looks.overlapped(account, [first.who, again.who], from, until + slackMs))
      return 'looked at by two at once';
    // Those who put it off did not live to move the cursor, so another look took it up; no owed push is made twice for that.
    const takenUp = lookOf(again, account);
    if (takenUp === undefined || takenUp.to < again.at) return undefined;
    return owed.map((each) => endOf(each, account, until)).find((reason) => reason !== undefined);
  }

  return [...told.values()].flatMap((pushes) =>
    pushes.slice(1).flatMap((again, index) => {
      const first = pushes[index];
      if (first === undefined) return [];
      const account = accountOf(first.mailbox);
      const [look, lookAgain] = [first, again].map((told) => lookOf(told, account));
      const hands = [handOf(first, look), handOf(again, lookAgain)].join(' then ');
      return { first, again, reason: reasonOf(first, again), hands };
    }),
  );
}

function handOf({ who, mailbox, at }: Told, look: Look | undefined): string {
  return `${who} ${mailbox} ${look?.from} ${look?.upsets.filter((upset) => upset <= at).length}`;
}
