import { createHash } from 'node:crypto';

/** What says of a conversation whether it changed: the time is by the clock of who wrote, the version counts. */
export type Changeable = { readonly id: string; readonly updatedAt: number; readonly version: number };

/** A place in the order of conversations: by time, and by hash where that is the same. */
type Place = readonly [updatedAt: number, hash: number];

/**
 * Which changes somebody was told of. All up to a time; after it, because writers' clocks differ and a write takes a while,
 * the very versions. Where those are too many, the older ones are known by one digest.
 */
export type ChangeWindow = {
  /** Everything updated up to then was told. */
  readonly from: number;
  /** What was updated after that up to here was told if this is its digest, and may have to be told again if it is not. */
  readonly upTo: Place;
  readonly digest: string;
  /** By `conversationHash`. */
  readonly versions: ReadonlyMap<number, number>;
};

export type WindowRules = {
  /** By how much clocks may differ (ms). */
  readonly overlapMs: number;
  /** Versions that are remembered one by one. */
  readonly remembered: number;
  /** Changes told at once. */
  readonly page: number;
};

/** Six bytes: among the conversations of one account, no two have the same. */
function conversationHash(id: string): number {
  return createHash('sha256').update(id).digest().readUIntBE(0, 6);
}

/** For who knows nothing yet. */
export const nothingTold: ChangeWindow = {
  from: -1,
  upTo: [-1, 0],
  digest: digestOf([]),
  versions: new Map(),
};

/** For who will ask for everything that there is now by himself. */
export function allTold(all: readonly Changeable[], now: number, rules: WindowRules): ChangeWindow {
  return windowAfter(nothingTold, all.map(placed).sort(byPlace), [], now, rules);
}

/**
 * What changed since, the oldest change first, and what is known after it was told. Nothing is missed as long as clocks
 * differ by less than the overlap. A change is told once, unless more conversations change within the overlap than are
 * remembered: then some are told again.
 *
 * @returns `more` when there are others still
 */
export function changesSince<Each extends Changeable>(
  known: ChangeWindow,
  all: readonly Each[],
  now: number,
  rules: WindowRules,
): { readonly changed: Each[]; readonly more: boolean; readonly next: ChangeWindow } {
  const inOrder = all.map(placed).sort(byPlace);
  const isDigestRight = digestOf(inOrder.filter((each) => isDigested(known, each))) === known.digest;
  const isTold = (each: Placed<Each>) =>
    each.of.updatedAt <= known.from ||
    known.versions.get(each.hash) === each.of.version ||
    (isDigested(known, each) && isDigestRight);
  const changed = inOrder.filter((each) => !isTold(each));
  const left = changed.slice(rules.page);
  const untold = new Set(left);
  const told = inOrder.filter((each) => !untold.has(each));
  return {
    changed: changed.slice(0, rules.page).map(({ of }) => of),
    more: left.length > 0,
    next: windowAfter(known, told, left, now, rules),
  };
}

type Placed<Each extends Changeable> = { readonly of: Each; readonly hash: number };

function placed<Each extends Changeable>(of: Each): Placed<Each> {
  return { of, hash: conversationHash(of.id) };
}

function byPlace(a: Placed<Changeable>, b: Placed<Changeable>): number {
  return a.of.updatedAt - b.of.updatedAt || a.hash - b.hash;
}

function placeOf({ of, hash }: Placed<Changeable>): Place {
  return [of.updatedAt, hash];
}

function isBefore(a: Place, b: Place): boolean {
  return a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);
}

function isDigested({ from, upTo, versions }: ChangeWindow, each: Placed<Changeable>): boolean {
  return each.of.updatedAt > from && !versions.has(each.hash) && !isBefore(upTo, placeOf(each));
}

/** @param told and `left`, which is not yet: both in order */
function windowAfter(
  known: ChangeWindow,
  told: readonly Placed<Changeable>[],
  left: readonly Placed<Changeable>[],
  now: number,
  rules: WindowRules,
): ChangeWindow {
  const [firstLeft] = left;
  const newest = Math.max(-1, ...[told.at(-1), left.at(-1)].flatMap((each) => each?.of.updatedAt ?? []));
  const settledAt = Math.min(now, newest, firstLeft?.of.updatedAt ?? newest) - rules.overlapMs;
  const from = Math.max(known.from, settledAt);
  const within = told.filter(({ of }) => of.updatedAt > from);
  // What is digested must not surround what is left: that would be told again and again with it.
  const isOld = (each: Placed<Changeable>) =>
    firstLeft === undefined || isBefore(placeOf(each), placeOf(firstLeft));
  const older = within.filter(isOld);
  const room = Math.max(1, rules.remembered - (within.length - older.length));
  const digested = older.slice(0, -room);
  const remembered = [...older.slice(-room), ...within.slice(older.length)].slice(0, rules.remembered);
  const last = digested.at(-1);
  return {
    from,
    upTo: last === undefined ? [from, 0] : placeOf(last),
    digest: digestOf(digested),
    versions: new Map(remembered.map(({ of, hash }) => [hash, of.version])),
  };
}

function digestOf(conversations: readonly Placed<Changeable>[]): string {
  const text = conversations.map(({ of, hash }) => `${hash} ${of.version}`).join('\n');
  return createHash('sha256').update(text).digest().subarray(0, 8).toString('hex');
}
