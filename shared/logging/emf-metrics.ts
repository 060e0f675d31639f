import { Metrics as EmfMetrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { type Metrics, metricService, metricTable } from '../core/metrics.ts';

/**
 * Metrics as lines of CloudWatch's embedded metric format on standard output: the log is the way they take, so that a
 * figure costs no request. Figures noted between two flushes share a line.
 *
 * @param namespace what CloudWatch files the metrics under
 */
export function emfMetrics(namespace: string): Metrics {
  /** One for each combination of values: a line has one. */
  const lines = new Map<string, EmfMetrics>();
  return {
    add(name, figure, of) {
      const values = Object.fromEntries(Object.entries(of).map(([by, value]) => [by, String(value)]));
      const key = JSON.stringify(values);
      const line =
        lines.get(key) ??
        new EmfMetrics({ namespace, serviceName: metricService, defaultDimensions: values });
      lines.set(key, line);
      line.addMetric(name, units[metricTable[name].unit], figure);
    },
    flush() {
      // One without figures would complain of it in the log.
      for (const line of lines.values()) if (line.hasStoredMetrics()) line.publishStoredMetrics();
    },
  };
}

const units = {
  Count: MetricUnit.Count,
  Milliseconds: MetricUnit.Milliseconds,
  Seconds: MetricUnit.Seconds,
} as const;
