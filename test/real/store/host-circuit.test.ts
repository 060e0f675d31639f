import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deleteHostCircuit, listHostCircuits, putHostCircuit } from '../../../shared/store/host-circuit.ts';
import type { HostCircuit } from '../../../shared/store/items.ts';
import { deleteWatch, getWatch, putWatch, setTrouble } from '../../../shared/store/watch.ts';
import { startParts, type TestParts } from '../../support/embedded.ts';
import { exampleId, exampleWatch, now } from '../../support/store-examples.ts';

let parts: TestParts;
beforeAll(async () => {
  parts = await startParts();
});
afterAll(() => parts.stop());

const circuit = (host: string, changes: Partial<HostCircuit> = {}): HostCircuit => ({
  host,
  shutUntil: now + 60_000,
  openings: 1,
  probeUntil: undefined,
  version: 0,
  ...changes,
});
const stored = async (host: string, at = now) =>
  (await listHostCircuits(parts.store, at)).find((each) => each.host === host);
const written = async (of: HostCircuit, at = now) => {
  const result = await putHostCircuit(parts.store, of, at);
  if (result === 'stale') throw new Error('somebody else wrote');
  return result;
};

describe('the row of a host in trouble', () => {
  it('comes back as it was stored, beside those of others', async () => {
    const first = await written(circuit('one.example.org'));
    const second = await written(circuit('two.example.org', { openings: 3, probeUntil: now + 90_000 }));
    expect(await stored('one.example.org')).toEqual(first);
    expect(await stored('two.example.org')).toEqual(second);
  });

  it('is made by one of many who find the trouble at the same time', async () => {
    const results = await Promise.all(
      Array.from({ length: 10 }, () => putHostCircuit(parts.store, circuit('storm.example.org'), now)),
    );
    expect(results.filter((result) => result !== 'stale')).toHaveLength(1);
  });

  it('lets one of many probe', async () => {
    const opened = await written(circuit('probe.example.org'));
    const probes = await Promise.all(
      Array.from({ length: 10 }, () =>
        putHostCircuit(parts.store, { ...opened, probeUntil: now + 120_000 }, now + 60_000),
      ),
    );
    expect(probes.filter((probe) => probe !== 'stale')).toHaveLength(1);
    expect(await stored('probe.example.org')).toMatchObject({ probeUntil: now + 120_000 });
  });

  it('is taken off by who read it last, and not by who knows a former one', async () => {
    const opened = await written(circuit('gone.example.org'));
    const probed = await written({ ...opened, probeUntil: now + 1 });
    await deleteHostCircuit(parts.store, opened);
    expect(await stored('gone.example.org')).toEqual(probed);
    await deleteHostCircuit(parts.store, probed);
    expect(await stored('gone.example.org')).toBeUndefined();
    // Made anew, it is another one for whoever has not looked since.
    await written(circuit('gone.example.org'), now + 5);
    expect(await putHostCircuit(parts.store, probed, now + 6)).toBe('stale');
    expect(await putHostCircuit(parts.store, opened, now + 6)).toBe('stale');
  });

  it('is forgotten when nobody asked for long, and can be made anew before the database took it off', async () => {
    await written(circuit('old.example.org'));
    const later = now + 3 * 3_600_000;
    expect(await stored('old.example.org', later)).toBeUndefined();
    await written(circuit('old.example.org', { shutUntil: later + 60_000 }), later);
    expect(await stored('old.example.org', later)).toMatchObject({ shutUntil: later + 60_000 });
  });
});

describe('the trouble of an account', () => {
  it('is kept with its watch, and nothing of it after it is over', async () => {
    const watch = exampleWatch({ accountId: exampleId(71) });
    await putWatch(parts.store, watch);
    expect(await getWatch(parts.store, watch.accountId)).toEqual(watch);
    const trouble = { failures: 2, retryAt: now + 7, pollUntil: now + 9 };
    await setTrouble(parts.store, watch.accountId, trouble);
    expect(await getWatch(parts.store, watch.accountId)).toEqual({ ...watch, trouble });
    const less = { failures: 3, retryAt: now + 8, pollUntil: undefined };
    await setTrouble(parts.store, watch.accountId, less);
    expect(await getWatch(parts.store, watch.accountId)).toEqual({ ...watch, trouble: less });
    await setTrouble(parts.store, watch.accountId, undefined);
    expect(await getWatch(parts.store, watch.accountId)).toEqual(watch);
  });

  it('is over when its owner signs in again', async () => {
    const watch = exampleWatch({ accountId: exampleId(72) });
    await putWatch(parts.store, watch);
    await setTrouble(parts.store, watch.accountId, { failures: 2, retryAt: now + 7, pollUntil: now + 9 });
    await putWatch(parts.store, watch);
    expect(await getWatch(parts.store, watch.accountId)).toEqual(watch);
  });

  it('makes no watch of an account that is gone', async () => {
    const accountId = exampleId(73);
    await setTrouble(parts.store, accountId, { failures: 1, retryAt: now, pollUntil: undefined });
    await setTrouble(parts.store, accountId, undefined);
    expect(await getWatch(parts.store, accountId)).toBeUndefined();
    await deleteWatch(parts.store, accountId);
  });
});
