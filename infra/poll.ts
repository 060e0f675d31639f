import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { functionDefinitions } from '../functions/definitions.ts';
import { everyFiveMinutes } from './alarms.ts';
import { ServiceFunction, timeoutOf } from './service-function.ts';
import type { Surroundings } from './surroundings.ts';
import { WorkQueue } from './work-queue.ts';

/** Short looks into mailboxes: their queue, and the function that takes them from it. */
export class Poll extends Construct {
  readonly definition = functionDefinitions.poll;
  readonly work: WorkQueue;
  readonly code: ServiceFunction;

  constructor(scope: Construct, around: Surroundings) {
    super(scope, 'Poll');
    const { trigger } = this.definition;
    this.work = new WorkQueue(this, trigger.queue, {
      alarms: around.alarms,
      timeoutSeconds: timeoutOf(around.config, 'poll'),
      // Polls come each minute; two in a row went unserved.
      ageSeconds: 120,
      late: 'Devices of polled mailboxes learn of new mail minutes late.',
      lost: 'Some mailboxes were not looked into; the next poll makes up for it.',
    });
    this.code = new ServiceFunction(this, 'Code', around, {
      name: 'poll',
      definition: this.definition,
      impact: 'Devices of polled mailboxes learn of new mail late or not at all.',
      reachesMailServers: true,
    });
    this.code.takeFrom(this.work, trigger, around.config.pollers);
    const checks = (outcome: 'done' | 'unreachable') =>
      around.metrics.of('Checks', { outcome }, everyFiveMinutes);
    around.alarms.add(this, 'Unreachable', {
      runbook: 'Mail servers are out of reach',
      impact: 'Devices learn of no new mail in the mailboxes concerned.',
      metric: new MathExpression({
        label: 'share of looks that did not reach the mail server, %',
        // A few mailboxes on one broken server are no alarm; half of all looks is our own way out.
        expression: 'IF(FILL(unreachable, 0) > 10, 100 * unreachable / (unreachable + FILL(done, 0)), 0)',
        usingMetrics: { done: checks('done'), unreachable: checks('unreachable') },
        period: everyFiveMinutes.period,
      }),
      above: 50,
      periods: 3,
    });
  }
}
