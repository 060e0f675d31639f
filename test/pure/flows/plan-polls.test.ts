import { describe, expect, it } from 'vitest';
import { limits } from '../../../shared/core/limits.ts';
import { isPollDue, pollIntervalMinutes } from '../../../shared/flows/watch/due.ts';
import { type DueAccount, type PollCapacity, planPolls } from '../../../shared/flows/watch/plan-polls.ts';

const minute = 60_000;
const now = Date.UTC(2026, 10, 23, 12, 0);
const capacity: PollCapacity = { now, waiting: 0, ticks: 1, loginsPerMinute: () => 3_000 };

/** Accounts that were active just now: each is due in every minute. */
function accountsAt(host: string, count: number, lastActivityAt = now): DueAccount[] {
  return Array.from({ length: count }, (_, index) => ({
    accountId: `${host}-${index}`,
    host,
    lastActivityAt,
  }));
}

const idsIn = (batches: readonly { readonly accountIds: readonly string[] }[]) =>
  batches.flatMap(({ accountIds }) => accountIds);

describe('the messages of a minute', () => {
  it('ask for each account that is due, once, and for no more than a hundred each', () => {
    const due = [...accountsAt('a', 230), ...accountsAt('b', 30), ...accountsAt('c', 3)];
    const { batches, polls, stretch } = planPolls(due, capacity);
    expect(idsIn(batches).sort()).toEqual(due.map(({ accountId }) => accountId).sort());
    expect(Math.max(...batches.map(({ accountIds }) => accountIds.length))).toBe(limits.pollBatch);
    expect([polls, stretch]).toEqual([263, 1]);
  });

  it('are of one host where it has many accounts, and are shared by hosts that have few', () => {
    const small = Array.from({ length: 30 }, (_, host) => accountsAt(`small-${host}`, 7)).flat();
    const { batches } = planPolls([...small, ...accountsAt('Big.example', 150)], capacity);
    const hostsIn = ({ accountIds }: { readonly accountIds: readonly string[] }) =>
      new Set(accountIds.map((id) => id.slice(0, id.lastIndexOf('-'))));
    const [own, shared] = [
      batches.filter(({ host }) => host !== undefined),
      batches.filter(({ host }) => host === undefined),
    ];
    expect(own.map(({ host, accountIds }) => [host, accountIds.length])).toEqual([
      ['big.example', 100],
      ['big.example', 50],
    ]);
    for (const batch of own) expect(hostsIn(batch).size).toBe(1);
    expect(shared.map(({ accountIds }) => accountIds.length)).toEqual([98, 98, 14]);
    for (const host of ['small-0', 'small-14', 'small-29'])
      expect(shared.filter((batch) => hostsIn(batch).has(host))).toHaveLength(1);
  });

  it('come in turns of the hosts, small ones first', () => {
    const due = [
      ...accountsAt('a', 250),
      ...accountsAt('b', 150),
      ...accountsAt('c', 5),
      ...accountsAt('d', 90),
    ];
    const { batches } = planPolls(due, capacity);
    expect(batches.map(({ host }) => host)).toEqual([undefined, 'a', 'b', 'd', 'a', 'b', 'a']);
  });

  it('take two spellings of a host for one', () => {
    const due = [...accountsAt('imap.example.org', 15), ...accountsAt('IMAP.example.org.', 15)];
    expect(planPolls(due, capacity).batches).toMatchObject([{ host: 'imap.example.org' }]);
  });
});

describe('a queue that is behind', () => {
  const due = Array.from({ length: 40 }, (_, host) => accountsAt(`host-${host}`, 100)).flat();

  it.each([
    [0, 1],
    [20, 1],
    [21, 2],
    [40, 2],
    [41, 4],
    [100, 8],
    [200, 16],
    [100_000, 16],
  ])('of 40 messages a minute, with %i that wait, stretches all intervals by %i', (waiting, stretch) => {
    expect(planPolls(due, { ...capacity, waiting }).stretch).toBe(stretch);
  });

  it('gets fewer messages by as much, and all of them again when it has caught up', () => {
    const polls = [0, 40, 80, 0].map((waiting) => planPolls(due, { ...capacity, waiting }).polls);
    expect(polls[0]).toBe(4_000);
    expect(polls[1]).toBeGreaterThan(1_900);
    expect(polls[1]).toBeLessThan(2_100);
    expect(polls[2]).toBeGreaterThan(900);
    expect(polls[2]).toBeLessThan(1_100);
    expect(polls[3]).toBe(4_000);
  });

  it('counts what other ticks of the same minute send', () => {
    expect(planPolls(due, { ...capacity, waiting: 80, ticks: 4 }).stretch).toBe(1);
    expect(planPolls(due, { ...capacity, waiting: 80, ticks: 1 }).stretch).toBe(4);
  });

  it('settles where no more is asked for than is done, and is never two minutes behind', () => {
    // Of 4,000 mailboxes that are due each minute, 1,500 are done.
    const queue: number[] = [];
    const asked: number[] = [];
    for (let at = now; at < now + 120 * minute; at += minute) {
      const active = due.map((account) => ({ ...account, lastActivityAt: at }));
      const { batches, polls, stretch } = planPolls(active, { ...capacity, now: at, waiting: queue.length });
      asked.push(polls);
      queue.push(...batches.map(({ accountIds }) => accountIds.length));
      for (let done = 0; done < 1_500 && queue.length > 0; ) done += queue.shift() ?? 0;
      const waiting = queue.reduce((sum, accounts) => sum + accounts, 0);
      expect(waiting).toBeLessThan(2 * 1_500 * Math.max(2, stretch));
    }
    const lately = asked.slice(-60);
    expect(lately.reduce((sum, polls) => sum + polls, 0) / lately.length).toBeGreaterThan(1_200);
    expect(lately.reduce((sum, polls) => sum + polls, 0) / lately.length).toBeLessThan(1_600);
  });
});

describe('a host that takes few logins', () => {
  const slow: PollCapacity = { ...capacity, loginsPerMinute: (host) => (host === 'slow' ? 100 : 3_000) };

  it('is asked for no more than it takes, minute by minute, and each account has its turn', () => {
    const turns = new Map<string, number>();
    for (let at = now; at < now + 40 * minute; at += minute) {
      const { batches, polls } = planPolls(accountsAt('slow', 400, at), { ...slow, now: at });
      expect(polls).toBeLessThan(150);
      for (const id of idsIn(batches)) turns.set(id, (turns.get(id) ?? 0) + 1);
    }
    expect(turns.size).toBe(400);
    expect(new Set(turns.values())).toEqual(new Set([10]));
  });

  it('takes nothing from the others', () => {
    const others = accountsAt('other', 200);
    const { batches, stretch } = planPolls([...accountsAt('slow', 400), ...others], slow);
    expect(idsIn(batches).filter((id) => id.startsWith('other'))).toHaveLength(200);
    expect(stretch).toBe(1);
  });

  it('counts what other ticks of the same minute ask of it', () => {
    const { polls } = planPolls(accountsAt('slow', 100), { ...slow, ticks: 4 });
    expect(polls).toBeLessThan(40);
  });
});

describe('over a day', () => {
  const day = 24 * 60;
  const silences = [0, 25, 90, 170, 400, 10_000];

  /** Minutes of the day in which an account that stays silent for so long is due. */
  function turnsOf(accountId: string, silentMinutes: number, stretchAt: (at: number) => number): number[] {
    return Array.from({ length: day }, (_, at) => at).filter((at) =>
      isPollDue(
        accountId,
        now + at * minute - silentMinutes * minute,
        now + at * minute + 17_000,
        stretchAt(at),
      ),
    );
  }
  const gapsIn = (turns: readonly number[]) =>
    turns.slice(1).map((turn, index) => turn - (turns[index] ?? 0));

  it.each(silences)('every account silent for %i minutes is polled at its interval', (silent) => {
    const interval = pollIntervalMinutes(now - silent * minute, now);
    for (let account = 0; account < 50; account++) {
      const turns = turnsOf(`account-${account}`, silent, () => 1);
      expect(new Set(gapsIn(turns))).toEqual(new Set([interval]));
      expect(turns).toHaveLength(day / interval);
    }
  });

  it.each(silences)('a stretch of two halves the polls of one silent for %i minutes', (silent) => {
    const all = turnsOf('account', silent, () => 1);
    const half = turnsOf('account', silent, () => 2);
    expect(half).toHaveLength(all.length / 2);
    expect(all).toEqual(expect.arrayContaining(half));
  });

  it('a stretch that goes up and down passes over nobody: never longer than its longest stretch', () => {
    const stretches = [1, 8, 2, 16, 4, 1, 16, 16, 2];
    for (let account = 0; account < 50; account++) {
      const turns = turnsOf(`account-${account}`, 45, (at) => stretches[at % stretches.length] ?? 1);
      const interval = pollIntervalMinutes(now - 45 * minute, now);
      expect(Math.max(...gapsIn(turns))).toBeLessThanOrEqual(16 * interval);
    }
  });

  it('two ticks of one minute ask for the same, however far apart in it', () => {
    const due = (at: number) => isPollDue('account', now - 10_000 * minute, at);
    for (let at = now; at < now + day * minute; at += minute) expect(due(at)).toBe(due(at + 59_999));
  });
});
