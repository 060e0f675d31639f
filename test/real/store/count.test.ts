import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addToAccountTotal, countUp, takeFromAccountTotal } from '../../../shared/store/count.ts';
import { getInvite, putInvite, returnInvite, spendInvite } from '../../../shared/store/invite.ts';
import { everythingIn, startParts, type TestParts } from '../../support/embedded.ts';

let parts: TestParts;
beforeAll(async () => {
  parts = await startParts();
});
afterAll(() => parts.stop());

const minute = 60_000;
const now = 1_000_000 * minute;

describe('a count', () => {
  const counted = { name: 'sending', of: 'somebody', windowMs: minute };

  it('rises by one each time, for each who is counted, and begins anew with each window', async () => {
    expect(await countUp(parts.store, counted, now)).toEqual({ count: 1, endsAt: now + minute });
    expect(await countUp(parts.store, counted, now + minute - 1)).toEqual({ count: 2, endsAt: now + minute });
    expect(await countUp(parts.store, { ...counted, of: 'another' }, now)).toMatchObject({ count: 1 });
    expect(await countUp(parts.store, { ...counted, name: 'reading' }, now)).toMatchObject({ count: 1 });
    expect(await countUp(parts.store, counted, now + minute)).toEqual({ count: 1, endsAt: now + 2 * minute });
  });

  it('misses none of many at once, and can be taken back', async () => {
    const many = { ...counted, of: 'many' };
    const counts = await Promise.all(Array.from({ length: 20 }, () => countUp(parts.store, many, now)));
    expect(counts.map(({ count }) => count).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 20 }, (_, index) => index + 1),
    );
    expect(await countUp(parts.store, many, now, -1)).toMatchObject({ count: 19 });
  });

  it('keeps who is counted as a hash only, until the window is over', async () => {
    await countUp(parts.store, { name: 'sign-in', of: 'anna@example.test', windowMs: minute }, now);
    const everything = JSON.stringify(await everythingIn(parts));
    expect(everything).toContain('N#sign-in#');
    expect(everything).not.toContain('anna@example.test');
  });
});

describe('the total of accounts', () => {
  it('does not rise above its limit, of many at once neither', async () => {
    const taken = await Promise.all(Array.from({ length: 8 }, () => addToAccountTotal(parts.store, 5)));
    expect(taken.filter(Boolean)).toHaveLength(5);
    await takeFromAccountTotal(parts.store);
    expect(await addToAccountTotal(parts.store, 5)).toBe(true);
    expect(await addToAccountTotal(parts.store, 5)).toBe(false);
  });
});

describe('an invitation', () => {
  it('is good for its uses, of many at once too, until it expires', async () => {
    await putInvite(parts.store, 'code', { uses: 3, expiresAt: now + minute });
    expect(await getInvite(parts.store, 'code', now)).toEqual({ uses: 3, expiresAt: now + minute });
    const spent = await Promise.all(Array.from({ length: 5 }, () => spendInvite(parts.store, 'code', now)));
    expect(spent.filter(Boolean)).toHaveLength(3);
    expect(await getInvite(parts.store, 'code', now)).toBeUndefined();
    await returnInvite(parts.store, 'code');
    expect(await spendInvite(parts.store, 'code', now + minute)).toBe(false);
    expect(await spendInvite(parts.store, 'code', now)).toBe(true);
  });

  it('was never given out', async () => {
    expect(await getInvite(parts.store, 'guessed', now)).toBeUndefined();
    expect(await spendInvite(parts.store, 'guessed', now)).toBe(false);
    await returnInvite(parts.store, 'guessed');
    expect(await getInvite(parts.store, 'guessed', now)).toBeUndefined();
  });
});
