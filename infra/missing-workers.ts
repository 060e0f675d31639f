import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { everyFiveMinutes, leastInFiveMinutes } from './alarms.ts';
import type { Surroundings } from './surroundings.ts';

/** Rings while accounts wait for a connection, or are said to have one and nobody holds any: wherever workers run. */
export function alarmOnMissingWorkers(scope: Construct, { alarms, metrics }: Surroundings): void {
  alarms.add(scope, 'Stalled', {
    runbook: 'IDLE workers stalled',
    impact: 'Devices of the waiting mailboxes learn of new mail minutes late instead of at once.',
    metric: new MathExpression({
      label: 'accounts without their connection',
      expression: 'IF(FILL(sessions, 0) > 0, FILL(waiting, 0), FILL(waiting, 0) + FILL(held, 0))',
      usingMetrics: {
        waiting: metrics.of('Accounts', { state: 'waiting' }, leastInFiveMinutes),
        held: metrics.of('Accounts', { state: 'held' }, leastInFiveMinutes),
        sessions: metrics.of('IdleSessions', {}, everyFiveMinutes),
      },
      period: everyFiveMinutes.period,
    }),
    above: 0,
    periods: 3,
  });
}
