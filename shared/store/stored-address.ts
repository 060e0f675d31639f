import type { StoredAddress } from './items.ts';

/**
 * Addresses are stored as one flat list of address, name, address, name: maps would need half as much again, and a group
 * of eight has to fit into 1 KB. An absent name is an empty one.
 */
export function addressPair({ address, name }: StoredAddress): readonly [string, string] {
  return [address, name ?? ''];
}

export function addressesOf(flat: readonly string[]): StoredAddress[] {
  return flat.flatMap((address, index) =>
    index % 2 === 0 ? [{ address, name: flat[index + 1] || undefined }] : [],
  );
}
