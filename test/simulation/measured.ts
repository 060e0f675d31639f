import type { TickCost } from './tick-cost.ts';

/** What `npm run simulate` measured of the minute tick on 2026-11-23; the dollars are worked out with it. */
export const measuredTick: TickCost = { perAccount: 14e-6, perPartition: 0.8e-3 };
