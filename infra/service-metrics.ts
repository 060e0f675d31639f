import { type IMetric, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { type MetricName, type MetricValues, metricService } from '../shared/core/metrics.ts';
import type { everyFiveMinutes } from './alarms.ts';

/** The metrics that our code gives of itself, as CloudWatch finds them: by name and values alone, never by a search. */
export class ServiceMetrics {
  readonly namespace: string;

  /** @param namespace the same that the functions are told as METRICS_NAMESPACE */
  constructor(namespace: string) {
    this.namespace = namespace;
  }

  of<Name extends MetricName>(
    metricName: Name,
    values: MetricValues<Name>,
    over: {
      readonly period: typeof everyFiveMinutes.period;
      readonly statistic: string;
      readonly label?: string;
    },
  ): IMetric {
    return new Metric({
      namespace: this.namespace,
      metricName,
      dimensionsMap: {
        service: metricService,
        ...Object.fromEntries(Object.entries(values).map(([by, value]) => [by, String(value)])),
      },
      ...over,
    });
  }
}
