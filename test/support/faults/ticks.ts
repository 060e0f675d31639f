import type { Clock } from '../../../shared/core/clock.ts';
import type { TickServices } from '../../../shared/flows/services.ts';
import { everyMinute } from '../../../shared/flows/watch/every-minute.ts';
import { isPolled } from '../../../shared/flows/watch/watch-mode.ts';
import type { Random } from '../random.ts';

export type TickCounts = { ran: number; failed: number; doubled: number; late: number };

const minuteMs = 60_000;

/**
 * The minute tick as `functions/schedule/handler.ts` has it, each minute of a fast clock; while `isTroubled`, it comes late
 * and twice now and then. Never rejects.
 */
export async function runTicks(
  services: TickServices,
  options: {
    readonly random: Random;
    readonly start: (workerId: string) => void;
    readonly mostWorkers: number;
    readonly isTroubled: () => boolean;
    readonly counts: TickCounts;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { random, counts, signal } = options;
  const { clock } = services;
  const once = async () => {
    counts.ran += 1;
    await tickOnce(services, clock, options).catch(() => {
      counts.failed += 1;
    });
  };
  while (!signal.aborted) {
    const isTroubled = options.isTroubled();
    if (isTroubled && random.chance(0.3)) {
      counts.late += 1;
      await clock.sleep(random.between(5_000, 45_000), signal);
    }
    if (isTroubled && random.chance(0.3)) {
      counts.doubled += 1;
      const pauseMs = random.chance(0.5) ? 0 : random.between(0, 20_000);
      await Promise.all([once(), clock.sleep(pauseMs, signal).then(once)]);
    } else {
      await once();
    }
    await clock.sleep(minuteMs - (clock.now() % minuteMs), signal);
  }
}

async function tickOnce(
  services: TickServices,
  clock: Clock,
  { start, mostWorkers }: { readonly start: (workerId: string) => void; readonly mostWorkers: number },
): Promise<void> {
  await everyMinute(services, {
    isPolled: (watch) => isPolled(watch, 'auto', 'idle-while-active', clock.now()),
    start: async (id) => start(id),
    mostWorkers,
  });
}
