import { describe, expect, it } from 'vitest';
import { limits } from '../../../shared/core/limits.ts';
import { createSizeCaps, smallPushServices } from '../../../shared/push/size-caps.ts';

const now = Date.parse('2026-03-01T12:00:00Z');
const whole = limits.pushPayloadBytes;
const endpoint = 'https://push.example.org/wpush/v2/abc';
const neighbour = 'https://push.example.org/wpush/v2/def';
const until = now + limits.pushCapKeptMs;

describe('what a push service takes', () => {
  it.each([
    [endpoint, whole],
    ['https://fcm.googleapis.com/fcm/send/abc', whole],
    ['https://web.push.apple.com/abc', whole],
    ['https://ntfy.example.org/upABC?up=1', whole],
    ['https://updates.push.services.mozilla.com/wpush/v2/abc', 2641],
    ['https://push.services.mozilla.com.example.org/wpush/v2/abc', whole],
    ['https://coi.example.org/push/send/1c0f4a1e', 2800],
    ['https://coi.example.org/push/send/', whole],
    ['https://coi.example.org/push/send/a/b', whole],
    ['no address', whole],
  ])('is, before it said anything, of %s %i bytes', (of, bytes) => {
    expect(createSizeCaps().limitOf({ endpoint: of }, now)).toBe(bytes);
  });

  it('has its reason, source and date wherever it is known to be little', () => {
    for (const { because, source, seen } of smallPushServices) {
      expect(because).toMatch(/bytes/);
      expect(source).toMatch(/^[\w-]+\/[\w-]+/);
      expect(seen).toMatch(/^20\d\d-\d\d$/);
    }
  });

  it('is learned for all devices at its host, and no other, from what was too large', () => {
    const caps = createSizeCaps();
    expect(caps.refused(endpoint, whole, now)).toEqual({ bytes: 2800, until });
    expect(caps.limitOf({ endpoint: neighbour }, now)).toBe(2800);
    expect(caps.limitOf({ endpoint: 'https://push.example.org:8443/x' }, now)).toBe(whole);
    expect([2800, 2700, 2048, 1024].map((bytes) => caps.refused(endpoint, bytes, now)?.bytes)).toEqual([
      ...[2048, 2048, 1024, 512],
    ]);
    expect(caps.refused(endpoint, 512, now)).toBeUndefined();
    expect(caps.limitOf({ endpoint: neighbour }, now)).toBe(512);
  });

  it('stays as little as it is when the answer to a larger one comes late', () => {
    const caps = createSizeCaps();
    caps.refused(endpoint, 2048, now);
    expect(caps.refused(endpoint, whole, now)?.bytes).toBe(1024);
    expect(caps.limitOf({ endpoint }, now)).toBe(1024);
  });

  it('is tried with more again after a month', () => {
    const caps = createSizeCaps();
    caps.refused(endpoint, whole, now);
    expect(caps.limitOf({ endpoint }, until - 1)).toBe(2800);
    expect(caps.limitOf({ endpoint }, until)).toBe(whole);
    expect(caps.refused(endpoint, whole, until)).toEqual({
      bytes: 2800,
      until: until + limits.pushCapKeptMs,
    });
  });

  it('comes to another process with a subscription that keeps it, for all at the host', () => {
    const caps = createSizeCaps();
    const cap = { bytes: 1024, until: now + 1 };
    expect(caps.limitOf({ endpoint, cap }, now)).toBe(1024);
    expect(caps.limitOf({ endpoint: neighbour }, now)).toBe(1024);
    expect(caps.limitOf({ endpoint: neighbour, cap: { bytes: 2800, until } }, now)).toBe(1024);
    expect(caps.limitOf({ endpoint: neighbour, cap }, now + 1)).toBe(whole);
  });

  it('is remembered of so many hosts and no more, the oldest going first', () => {
    const caps = createSizeCaps();
    for (let host = 0; host <= limits.pushCappedHosts; host++)
      caps.refused(`https://push-${host}.example.org/x`, whole, now);
    expect(caps.limitOf({ endpoint: 'https://push-0.example.org/x' }, now)).toBe(whole);
    expect(caps.limitOf({ endpoint: 'https://push-1.example.org/x' }, now)).toBe(2800);
  });
});
