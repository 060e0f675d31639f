import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '../../../shared/core/limits.ts';
import {
  type Attempts,
  circuitAfterTrouble,
  mustShut,
  shutMs,
  standingOf,
  withAttempt,
} from '../../../shared/flows/watch/circuit-rules.ts';
import { HostsInTrouble } from '../../../shared/flows/watch/hosts-in-trouble.ts';

const now = Date.UTC(2026, 10, 23, 12);
type Attempt = { readonly outcome: 'good' | 'bad'; readonly afterMs: number };

/** Whether the host is shut after any of these attempts. */
function shuts(attempts: readonly Attempt[]): boolean {
  let noted: Attempts = [];
  let at = now;
  return attempts.some(({ outcome, afterMs }) => {
    at += afterMs;
    noted = withAttempt(noted, outcome, at);
    return mustShut(noted);
  });
}

const times = (count: number, attempt: Attempt): Attempt[] => Array.from({ length: count }, () => attempt);
const bad = { outcome: 'bad', afterMs: 0 } as const;
const good = { outcome: 'good', afterMs: 0 } as const;

describe('a host is left alone', () => {
  it('when twenty attempts in a row failed, not before', () => {
    expect(shuts(times(19, bad))).toBe(false);
    expect(shuts(times(20, bad))).toBe(true);
  });

  it('when more than half of the attempts failed', () => {
    expect(shuts([...times(50, good), ...times(50, bad)])).toBe(false);
    expect(shuts([...times(50, good), ...times(51, bad)])).toBe(true);
  });

  it('for failures within a minute', () => {
    expect(shuts(times(1_000, { outcome: 'bad', afterMs: 5_000 }))).toBe(false);
    expect(shuts(times(100, { outcome: 'bad', afterMs: 2_000 }))).toBe(true);
  });

  it('never while at least half of its attempts succeed', () => {
    const attempts = fc.array(fc.record({ afterMs: fc.integer({ min: 0, max: 3_000 }) }), { maxLength: 200 });
    fc.assert(
      fc.property(attempts, (list) => {
        const alternating = list.map(({ afterMs }, index) => ({
          outcome: index % 2 === 0 ? ('good' as const) : ('bad' as const),
          afterMs: index % 2 === 0 ? afterMs : 0,
        }));
        return !shuts(alternating);
      }),
    );
  });

  it('for one to ten minutes, and twice as long each time until then', () => {
    const minutes = (openings: number) => [shutMs(openings, 0) / 60_000, shutMs(openings, 1) / 60_000];
    expect([1, 2, 3, 4, 50].map(minutes)).toEqual([
      [1, 2],
      [2, 4],
      [4, 8],
      [5, 10],
      [5, 10],
    ]);
  });

  it('longer when its probe failed', () => {
    const first = circuitAfterTrouble('h', undefined, now, 0.5);
    const second = circuitAfterTrouble('h', { ...first, probeUntil: now + 5, version: 3 }, now, 0.5);
    expect(second).toEqual({
      host: 'h',
      openings: 2,
      shutUntil: now + 180_000,
      probeUntil: undefined,
      version: 3,
    });
  });
});

describe('how a host stands', () => {
  const circuit = circuitAfterTrouble('h', undefined, now, 0);

  it('is well without a row, shut for its time, and then in want of a probe, until one is under way', () => {
    expect(standingOf(undefined, now)).toEqual({ kind: 'well' });
    expect(standingOf(circuit, now)).toEqual({ kind: 'shut', until: now + limits.hostShutMinMs });
    expect(standingOf(circuit, circuit.shutUntil)).toEqual({ kind: 'wants-probe' });
    const probed = { ...circuit, probeUntil: circuit.shutUntil + limits.hostProbeMs };
    expect(standingOf(probed, circuit.shutUntil)).toEqual({ kind: 'shut', until: probed.probeUntil });
    // Whoever probed it did not come back.
    expect(standingOf(probed, probed.probeUntil)).toEqual({ kind: 'wants-probe' });
  });
});

describe('the polls of one tick', () => {
  const accounts = Array.from({ length: 10 }, (_, index) => ({
    accountId: `a${index}`,
    host: index % 2 === 0 ? 'IMAP.example.org.' : 'other.example.org',
  }));
  const circuit = { ...circuitAfterTrouble('imap.example.org', undefined, now, 0), version: 1 };

  it('leave out all accounts of a host that is shut, and only those', () => {
    const hosts = new HostsInTrouble([circuit], now);
    expect(accounts.filter((account) => !hosts.leavesOut(account)).map(({ accountId }) => accountId)).toEqual(
      ['a1', 'a3', 'a5', 'a7', 'a9'],
    );
    expect(hosts.probes).toEqual([]);
  });

  it('hold one account of a host whose time is over, any of them', () => {
    const chosen = new Set<string>();
    for (let draw = 0; draw < 200; draw++) {
      const hosts = new HostsInTrouble([circuit], circuit.shutUntil);
      expect(accounts.filter((account) => !hosts.leavesOut(account))).toHaveLength(5);
      expect(hosts.probes).toHaveLength(1);
      for (const accountId of hosts.probes) chosen.add(accountId);
    }
    expect([...chosen].sort()).toEqual(['a0', 'a2', 'a4', 'a6', 'a8']);
  });
});
