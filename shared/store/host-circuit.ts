import { limits } from '../core/limits.ts';
import type { Store } from './client.ts';
import type { HostCircuit } from './items.ts';
import { hostCircuitKey, hostCircuitPk } from './keys.ts';
import { isExpired, StoredItem, toSeconds } from './stored-item.ts';

/** Hosts that are left alone, or were until a short time ago. */
export async function listHostCircuits(store: Store, now: number): Promise<HostCircuit[]> {
  const items = await store.query({ pk: hostCircuitPk, consistent: true });
  return items
    .filter((item) => !isExpired(item, now))
    .map((item) => {
      const stored = new StoredItem('host circuit', item);
      return {
        host: stored.text('sk'),
        shutUntil: stored.number('su'),
        openings: stored.number('n'),
        probeUntil: stored.optionalNumber('pr'),
        version: stored.number('ve'),
      };
    });
}

/**
 * Notes a host in trouble, or what became of it: a probe, another opening. `stale`, with nothing written, when somebody
 * wrote since version `circuit.version` was read (0: when there was none), so that of many processes one opens or probes.
 */
export async function putHostCircuit(
  store: Store,
  circuit: HostCircuit,
  now: number,
): Promise<HostCircuit | 'stale'> {
  const { host, shutUntil, openings, probeUntil, version: from } = circuit;
  // Of a row that was deleted and made anew, no former version must be found again.
  const version = from === 0 ? now : from + 1;
  const written = await store.put(
    hostCircuitKey(host),
    {
      su: shutUntil,
      n: openings,
      pr: probeUntil,
      ve: version,
      expiresAt: toSeconds(Math.max(shutUntil, probeUntil ?? 0) + limits.hostKeptMs),
    },
    from === 0
      ? { text: 'attribute_not_exists(pk) OR expiresAt <= :now', values: { ':now': Math.floor(now / 1000) } }
      : { text: 've = :version', values: { ':version': from } },
  );
  return written ? { ...circuit, version } : 'stale';
}

/** Notes that a host is well again, unless somebody wrote since this version was read. */
export async function deleteHostCircuit(store: Store, { host, version }: HostCircuit): Promise<void> {
  await store.delete(hostCircuitKey(host), { text: 've = :version', values: { ':version': version } });
}
