import { Duration } from 'aws-cdk-lib';
import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { functionDefinitions } from '../functions/definitions.ts';
import { allow } from './deployed-code.ts';
import { ServiceFunction } from './service-function.ts';
import type { Surroundings } from './surroundings.ts';

const everyMinutes = 1;
/** What is looked at together by the alarms: some runs, so that one late run does not ring. */
const watchedMinutes = 5;

/** The minute tick: the function, the schedules that start it, and the alarms that it ran too rarely or too often. */
export class Schedule extends Construct {
  readonly definition = functionDefinitions.schedule;
  readonly code: ServiceFunction;

  constructor(scope: Construct, around: Surroundings) {
    super(scope, 'Schedule');
    const { tickShards } = around.config;
    this.code = new ServiceFunction(this, 'Code', around, {
      name: 'schedule',
      definition: this.definition,
      reservedConcurrency: tickShards * this.definition.reservedConcurrency,
      impact:
        'New mail in polled mailboxes is not noticed, and mails that wait for a second try are not sent.',
    });
    const { lambda } = this.code;
    // A run that failed is not repeated: the next minute does all that it left.
    lambda.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(everyMinutes) });
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('scheduler.amazonaws.com') });
    allow(role, ['lambda:InvokeFunction'], lambda.functionArn);
    for (let index = 0; index < tickShards; index++) {
      new CfnSchedule(this, index === 0 ? 'EveryMinute' : `EveryMinute${index}`, {
        description: this.definition.does,
        scheduleExpression: `rate(${everyMinutes} minute)`,
        flexibleTimeWindow: { mode: 'OFF' },
        target: {
          arn: lambda.functionArn,
          roleArn: role.roleArn,
          input: JSON.stringify({ index, of: tickShards }),
          retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: 60 },
        },
      });
    }
    const runs = lambda.metricInvocations({
      period: Duration.minutes(watchedMinutes),
      statistic: Stats.SUM,
    });
    around.alarms.add(this, 'Stalled', {
      runbook: 'The minute tick stalled',
      impact: 'Nothing starts any more: no polls, no new IDLE workers, no second tries.',
      metric: runs,
      // Also when only one of those that share the work stands still.
      below: ((tickShards - 1) * watchedMinutes) / everyMinutes + 1,
      silenceRings: true,
    });
    around.alarms.add(this, 'Haywire', {
      runbook: 'The minute tick went haywire',
      impact: 'Nothing yet, but costs grow and mail providers may begin to refuse logins.',
      metric: runs,
      above: (2 * tickShards * watchedMinutes) / everyMinutes,
    });
  }
}
