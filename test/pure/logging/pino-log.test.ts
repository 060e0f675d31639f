import { describe, expect, it } from 'vitest';
import { pinoLog } from '../../../shared/logging/pino-log.ts';

describe('the log', () => {
  it('is one JSON object per line with level, time, event and the fields, and no more', () => {
    const lines: string[] = [];
    const log = pinoLog('info', { write: (line) => void lines.push(line) });
    log.info('push-delivered', { account: 'a1', lagMs: 12, status: undefined });
    log.error('tick-failed');
    const [first, second] = lines.map((line): unknown => JSON.parse(line));
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(first).toEqual({ level: 'info', time, event: 'push-delivered', account: 'a1', lagMs: 12 });
    expect(second).toEqual({ level: 'error', time, event: 'tick-failed' });
    expect(lines.every((line) => line.endsWith('}\n'))).toBe(true);
  });

  it('leaves out what is below its level', () => {
    const lines: string[] = [];
    const log = pinoLog('warn', { write: (line) => void lines.push(line) });
    log.debug('tick-ran');
    log.info('tick-ran');
    log.warn('watch-interrupted');
    expect(lines).toHaveLength(1);
  });
});
