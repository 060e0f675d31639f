import { pollIntervalMinutes } from '../../shared/flows/watch/due.ts';
import { isPolled } from '../../shared/flows/watch/watch-mode.ts';
import type { WatchSetting } from '../../shared/store/items.ts';

const minuteMs = 60_000;
/** Beyond the longest silence after which anything changes; a test holds that. */
const longestSilence = 4 * 1_440;

/** A stretch of silence, in minutes since the last mail, within which a mailbox is polled at one interval. */
export type PolledStretch = { readonly from: number; readonly to: number; readonly interval: number };

/**
 * What the service's own rules say of a mailbox, by the minutes since its last mail: asked of them once for each minute of
 * silence, because they know nothing else of it.
 */
export type WatchRules = {
  /** From so many silent minutes on it is polled; before, it is held in IDLE. */
  readonly polledFrom: number;
  readonly stretches: readonly PolledStretch[];
};

export function watchRules(hostWatch: WatchSetting): WatchRules {
  const polled = Array.from({ length: longestSilence }, (_, silent) =>
    isPolled({ mode: 'auto', lastActivityAt: 0 }, hostWatch, 'idle-while-active', silent * minuteMs),
  );
  const first = polled.indexOf(true);
  const polledFrom = first === -1 ? Number.POSITIVE_INFINITY : first;
  if (polled.slice(first).includes(false) && first !== -1)
    throw new Error('one that is silent for longer is not polled');
  const stretches: PolledStretch[] = [];
  for (let silent = polledFrom; silent < longestSilence; silent++) {
    const interval = pollIntervalMinutes(0, silent * minuteMs);
    const last = stretches.at(-1);
    if (last?.interval === interval) stretches[stretches.length - 1] = { ...last, to: silent + 1 };
    else stretches.push({ from: silent, to: silent + 1, interval });
  }
  const last = stretches.at(-1);
  if (last !== undefined) stretches[stretches.length - 1] = { ...last, to: Number.POSITIVE_INFINITY };
  return { polledFrom, stretches };
}
