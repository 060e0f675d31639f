import type { Store } from './client.ts';
import { loadsKey, loadsPk } from './keys.ts';
import { isExpired, StoredItem, toSeconds } from './stored-item.ts';

/** What one of several ticks found of its partitions: how many accounts want a connection in each, in order. */
export type PartitionLoads = {
  readonly index: number;
  readonly of: number;
  readonly loads: readonly number[];
};

const bytesPerLoad = 2;
const largest = 2 ** (8 * bytesPerLoad) - 1;
/** After this long nothing is known: whoever noted it has not run for many minutes, or there are fewer of them now. */
const keptMs = 30 * 60_000;

export async function putLoads(
  store: Store,
  { index, of, loads }: PartitionLoads,
  now: number,
): Promise<void> {
  const bytes = Buffer.alloc(loads.length * bytesPerLoad);
  for (const [place, load] of loads.entries())
    bytes.writeUInt16BE(Math.min(load, largest), place * bytesPerLoad);
  await store.put(loadsKey(index), { n: of, l: new Uint8Array(bytes), expiresAt: toSeconds(now + keptMs) });
}

/** What the ticks noted last, of those that share the work among so many. */
export async function listLoads(store: Store, of: number, now: number): Promise<PartitionLoads[]> {
  const items = await store.query({ pk: loadsPk, consistent: true });
  return items
    .filter((item) => !isExpired(item, now))
    .map((item) => new StoredItem('loads', item))
    .filter((stored) => stored.number('n') === of)
    .map((stored) => ({ index: Number(stored.text('sk')), of, loads: unpacked(stored.bytes('l')) }));
}

function unpacked(bytes: Uint8Array): number[] {
  const packed = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: packed.length / bytesPerLoad }, (_, place) =>
    packed.readUInt16BE(place * bytesPerLoad),
  );
}
