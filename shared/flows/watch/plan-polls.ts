import { hostNameOf } from '../../core/host-name.ts';
import { limits } from '../../core/limits.ts';
import { backlogStretch, hostStretch, isPollDue } from './due.ts';

/** An account whose poll falls into a minute, unless intervals are stretched. */
export type DueAccount = {
  readonly accountId: string;
  readonly host: string;
  /** As of an account that was active now, where its interval is to be the shortest. */
  readonly lastActivityAt: number;
};

export type PollBatch = {
  readonly accountIds: readonly string[];
  /** Of all accounts in it; undefined where several hosts share it. */
  readonly host: string | undefined;
};

export type PollPlan = {
  readonly batches: readonly PollBatch[];
  /** By what all intervals are stretched. Those of single hosts may be more so. */
  readonly stretch: number;
  readonly polls: number;
};

export type PollCapacity = {
  readonly now: number;
  /** Messages that wait from former minutes; all ticks of a minute see them. */
  readonly waiting: number;
  /** Ticks that share the minute: each has its part of the accounts. */
  readonly ticks: number;
  /** How many logins a host takes from us. */
  readonly loginsPerMinute: (host: string) => number;
};

/**
 * What of the polls that are due is asked for in this minute, in which messages. Where more waits than is done, or a host
 * would be asked more than it takes, the intervals are stretched: the rest comes in its turn in one of the next minutes,
 * which is computed anew each time and stored nowhere.
 */
export function planPolls(due: readonly DueAccount[], capacity: PollCapacity): PollPlan {
  const { now, waiting, ticks, loginsPerMinute } = capacity;
  const byHost = grouped(due);
  const stretch = backlogStretch(waiting, batchesOf(byHost).length * ticks);
  const kept = new Map(
    [...byHost].map(([host, accounts]) => {
      const ofHost = Math.max(stretch, hostStretch(accounts.length * ticks, loginsPerMinute(host)));
      const isKept = ({ accountId, lastActivityAt }: DueAccount) =>
        ofHost === 1 || isPollDue(accountId, lastActivityAt, now, ofHost);
      return [host, accounts.filter(isKept)] as const;
    }),
  );
  const batches = batchesOf(kept);
  return { batches, stretch, polls: batches.reduce((sum, { accountIds }) => sum + accountIds.length, 0) };
}

/**
 * Messages of up to `limits.pollBatch` accounts. A host with many has messages of its own, so that whoever waits for it
 * holds up no other one; small hosts share, each within one message. The shared ones come first, then the first one of each
 * large host, then their second ones: where messages are taken in their order, no host comes before all others.
 */
function batchesOf(byHost: ReadonlyMap<string, readonly DueAccount[]>): PollBatch[] {
  const rounds: PollBatch[][] = [];
  const shared: string[][] = [];
  for (const [host, accounts] of byHost) {
    const ids = accounts.map(({ accountId }) => accountId);
    if (ids.length > limits.pollSharedHost) {
      for (let round = 0; round * limits.pollBatch < ids.length; round++) {
        const start = round * limits.pollBatch;
        const batch = { host, accountIds: ids.slice(start, start + limits.pollBatch) };
        const others = rounds[round];
        if (others === undefined) rounds.push([batch]);
        else others.push(batch);
      }
    } else if (ids.length > 0) {
      const last = shared.at(-1);
      if (last !== undefined && last.length + ids.length <= limits.pollBatch) last.push(...ids);
      else shared.push([...ids]);
    }
  }
  return [...shared.map((accountIds) => ({ host: undefined, accountIds })), ...rounds.flat()];
}

function grouped(due: readonly DueAccount[]): Map<string, DueAccount[]> {
  const byHost = new Map<string, DueAccount[]>();
  for (const account of due) {
    const host = hostNameOf(account.host);
    const others = byHost.get(host);
    if (others === undefined) byHost.set(host, [account]);
    else others.push(account);
  }
  return byHost;
}
