import { MathExpression, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { functionDefinitions } from '../functions/definitions.ts';
import { metricTable } from '../shared/core/metrics.ts';
import { everyFiveMinutes, mostInFiveMinutes } from './alarms.ts';
import { ServiceFunction, timeoutOf } from './service-function.ts';
import type { Surroundings } from './surroundings.ts';
import { WorkQueue } from './work-queue.ts';

const { pushService: pushServices } = metricTable.Pushes.by;

/** Second tries of pushes: their queue, and the function that makes them. */
export class Push extends Construct {
  readonly definition = functionDefinitions.push;
  readonly work: WorkQueue;
  readonly code: ServiceFunction;

  constructor(scope: Construct, around: Surroundings) {
    super(scope, 'Push');
    const { trigger } = this.definition;
    this.work = new WorkQueue(this, trigger.queue, {
      alarms: around.alarms,
      timeoutSeconds: timeoutOf(around.config, 'push'),
      // The longest pause between two tries is 15 minutes, and it counts as age.
      ageSeconds: 1_800,
      late: 'Notifications that a push service put off come later than they could.',
      lost: 'Some notifications were given up; the messages are there when the app is opened.',
    });
    this.code = new ServiceFunction(this, 'Code', around, {
      name: 'push',
      definition: this.definition,
      impact: 'Notifications that a push service put off do not come.',
      // Each try that is put off again makes the next message, until the TTL of the push is over.
      mayLoop: true,
    });
    this.code.takeFrom(this.work, trigger, trigger.maxConcurrency);
    this.#watchOver(around);
  }

  #watchOver({ alarms, metrics, config }: Surroundings): void {
    const refused = Object.fromEntries(
      pushServices.map((pushService) => [
        pushService,
        metrics.of('Pushes', { pushService, outcome: 'refused' }, everyFiveMinutes),
      ]),
    );
    const sum = pushServices.map((each) => `FILL(${each}, 0)`).join(' + ');
    alarms.add(this, 'Refused', {
      runbook: 'Push services refuse pushes',
      impact: 'Some devices get no notifications; after some refusals their subscriptions end.',
      metric: new MathExpression({
        label: 'share of refused pushes, %',
        expression: `IF((${sum}) > 5, 100 * (${sum}) / (${sum} + FILL(delivered, 0)), 0)`,
        usingMetrics: {
          ...refused,
          // Each delivered push notes its lag, so their number is the number of deliveries.
          delivered: metrics.of('PushLag', {}, { ...everyFiveMinutes, statistic: Stats.SAMPLE_COUNT }),
        },
        period: everyFiveMinutes.period,
      }),
      above: 20,
      periods: 2,
    });
    alarms.add(this, 'Lag', {
      runbook: 'Pushes come late',
      impact: 'Devices learn of new mail later than they should.',
      metric: metrics.of('PushLag', {}, { ...everyFiveMinutes, statistic: Stats.percentile(90) }),
      // Silent mailboxes are polled each 30 minutes; a connection in IDLE knows at once.
      above: (config.watch === 'idle' ? 2 : 45) * 60_000,
      periods: 3,
    });
    alarms.add(this, 'Overdue', {
      runbook: 'Work is overdue in the table',
      impact: 'Notifications that a push service put off come later than they could.',
      metric: metrics.of('PendingWorkAge', { kind: 'push' }, mostInFiveMinutes),
      above: 600,
      periods: 2,
    });
  }
}
