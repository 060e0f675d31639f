import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { metricTable } from '../../../shared/core/metrics.ts';
import { emfMetrics } from '../../../shared/logging/emf-metrics.ts';

const written: string[] = [];

beforeEach(() => {
  written.length = 0;
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

function lines(): unknown[] {
  return written.map((line) => JSON.parse(line));
}

describe('metrics as embedded metric format', () => {
  it('are one line per combination of values, with all figures since the last flush', () => {
    const metrics = emfMetrics('my-stack');
    metrics.add('PushLag', 120, {});
    metrics.add('PushLag', 340, {});
    metrics.add('Pushes', 1, { pushService: 'google', outcome: 'delivered' });
    metrics.flush();
    expect(lines()).toEqual([
      {
        _aws: {
          Timestamp: expect.any(Number),
          CloudWatchMetrics: [
            {
              Namespace: 'my-stack',
              Dimensions: [['service']],
              Metrics: [{ Name: 'PushLag', Unit: 'Milliseconds' }],
            },
          ],
        },
        service: 'coi-push',
        PushLag: [120, 340],
      },
      {
        _aws: {
          Timestamp: expect.any(Number),
          CloudWatchMetrics: [
            {
              Namespace: 'my-stack',
              Dimensions: [['service', 'pushService', 'outcome']],
              Metrics: [{ Name: 'Pushes', Unit: 'Count' }],
            },
          ],
        },
        service: 'coi-push',
        pushService: 'google',
        outcome: 'delivered',
        Pushes: 1,
      },
    ]);
  });

  it('are handed over once, with the same values again afterwards, and nothing when there is nothing', () => {
    const metrics = emfMetrics('my-stack');
    metrics.flush();
    expect(written).toEqual([]);
    metrics.add('Checks', 1, { outcome: 'done' });
    metrics.flush();
    metrics.flush();
    metrics.add('Checks', 2, { outcome: 'done' });
    metrics.flush();
    expect(lines()).toEqual([
      expect.objectContaining({ Checks: 1, outcome: 'done' }),
      expect.objectContaining({ Checks: 2, outcome: 'done' }),
    ]);
  });

  it('lose no figure when there are more than a line takes', () => {
    const metrics = emfMetrics('my-stack');
    for (let figure = 0; figure < 250; figure++) metrics.add('PushLag', figure, {});
    metrics.flush();
    const figures = lines().flatMap((line) =>
      typeof line === 'object' && line !== null && 'PushLag' in line ? line.PushLag : [],
    );
    expect(figures).toEqual(Array.from({ length: 250 }, (_, figure) => figure));
  });
});

describe('the table of metrics', () => {
  it('costs little: each combination of values is a metric to pay for', () => {
    const combinations = Object.values(metricTable).map(({ by }) =>
      Object.values(by).reduce((product, values) => product * values.length, 1),
    );
    expect(combinations.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(40);
  });
});
