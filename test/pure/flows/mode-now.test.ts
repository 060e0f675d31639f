import { describe, expect, it } from 'vitest';
import { modeNow } from '../../../shared/flows/watch/mode-now.ts';

const now = Date.UTC(2026, 10, 23);
const hour = 3_600_000;

describe('how a mailbox is watched now', () => {
  it.each([
    ['serverpush', 'ok', 'serverpush', 100, 'auto', 'idle-while-active'],
    ['idle', 'ok', 'auto', 1, 'auto', 'idle-while-active'],
    ['poll', 'ok', 'auto', 49, 'auto', 'idle-while-active'],
    ['idle', 'ok', 'auto', 10_000, 'auto', 'idle'],
    ['idle', 'ok', 'idle', 10_000, 'auto', 'idle-while-active'],
    ['poll', 'ok', 'poll', 1, 'auto', 'idle'],
    ['poll', 'ok', 'idle', 1, 'poll', 'idle'],
    ['idle', 'unreachable', 'auto', 1, 'auto', 'idle-while-active'],
    ['paused', 'paused', 'auto', 1, 'auto', 'idle-while-active'],
    ['paused', 'login-refused', 'idle', 1, 'idle', 'idle'],
    ['paused', 'login-refused', 'serverpush', 1, 'auto', 'idle'],
  ] as const)(
    'is %s: %s, wants %s, active %i h ago, at a host with %s (%s)',
    (mode, status, wanted, hours, setting, autoMeans) => {
      const watch = { mode: wanted, lastActivityAt: now - hours * hour, trouble: undefined };
      expect(modeNow(status, watch, { setting, autoMeans }, now)).toBe(mode);
    },
  );

  it('is paused where nothing is watched any more', () => {
    expect(modeNow('ok', undefined, { setting: 'auto', autoMeans: 'idle' }, now)).toBe('paused');
  });
});
