import { memberOf } from '../../shared/core/outside-data.ts';
import { onlyShard, type TickShard } from '../../shared/flows/watch/tick-shards.ts';

/**
 * The part of the partitions that an event names, as in `{"index": 1, "of": 4}`; all of them without one.
 *
 * @throws TypeError for a part that there is not: to read all then would do the work of the others again
 */
export function shardOf(event: unknown): TickShard {
  const [index, of] = [memberOf(event, 'index'), memberOf(event, 'of')];
  if (of === undefined) return onlyShard;
  if (!isCount(index) || !isCount(of) || index >= of)
    throw new TypeError('an event that names no part of the work');
  return { index, of };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}
