import { AlarmStatusWidget, Dashboard, GraphWidget, type IMetric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { metricTable } from '../shared/core/metrics.ts';
import { everyFiveMinutes, mostInFiveMinutes } from './alarms.ts';
import type { Api } from './api.ts';
import type { ServiceFunction } from './service-function.ts';
import type { Surroundings } from './surroundings.ts';
import type { WorkQueue } from './work-queue.ts';

export type Shown = {
  readonly around: Surroundings;
  readonly api: Api;
  readonly functions: Readonly<Record<string, ServiceFunction>>;
  readonly queues: Readonly<Record<string, WorkQueue>>;
};

/** One page that answers: does mail arrive as pushes, who waits for what, and what fails. */
export function dashboard(scope: Construct, { around, api, functions, queues }: Shown): Dashboard {
  const { alarms, metrics } = around;
  const { outcome: pushOutcomes, pushService: pushServices } = metricTable.Pushes.by;
  const lag = (statistic: string) => metrics.of('PushLag', {}, { ...everyFiveMinutes, statistic });
  const ofFunctions = (metric: (code: ServiceFunction, label: string) => IMetric) =>
    Object.entries(functions).map(([label, code]) => metric(code, label));
  return new Dashboard(scope, 'Dashboard', {
    widgets: [
      [new AlarmStatusWidget({ title: 'Alarms', alarms: alarms.all, width: 24, height: 6 })],
      [
        graph('From mailbox to push, ms', [lag(Stats.p(50)), lag(Stats.p(90)), lag(Stats.p(99))]),
        graph(
          'Accounts',
          metricTable.Accounts.by.state.map((state) => metrics.of('Accounts', { state }, mostInFiveMinutes)),
        ),
        graph('Connections in IDLE', [metrics.of('IdleSessions', {}, everyFiveMinutes)]),
      ],
      [
        graph(
          'Pushes',
          pushServices.flatMap((pushService) =>
            pushOutcomes.map((outcome) =>
              metrics.of(
                'Pushes',
                { pushService, outcome },
                { ...everyFiveMinutes, label: `${pushService} ${outcome}` },
              ),
            ),
          ),
        ),
        graph(
          'Looks into mailboxes',
          metricTable.Checks.by.outcome.map((outcome) => metrics.of('Checks', { outcome }, everyFiveMinutes)),
        ),
        graph(
          'Mails sent',
          metricTable.Sends.by.outcome.map((outcome) => metrics.of('Sends', { outcome }, everyFiveMinutes)),
        ),
      ],
      [
        graph(
          'Oldest message in a queue, s',
          Object.entries(queues).map(([label, { queue }]) =>
            queue.metricApproximateAgeOfOldestMessage({ ...mostInFiveMinutes, label }),
          ),
        ),
        graph(
          'Oldest overdue work, s',
          metricTable.PendingWorkAge.by.kind.map((kind) =>
            metrics.of('PendingWorkAge', { kind }, mostInFiveMinutes),
          ),
        ),
        graph('API', [
          api.httpApi.metricCount({ ...everyFiveMinutes, label: 'calls' }),
          api.httpApi.metricClientError({ ...everyFiveMinutes, label: '4xx' }),
          api.httpApi.metricServerError({ ...everyFiveMinutes, label: '5xx' }),
        ]),
      ],
      [
        graph(
          'Mail servers left alone',
          metricTable.HostCircuits.by.change.map((change) =>
            metrics.of('HostCircuits', { change }, everyFiveMinutes),
          ),
        ),
        graph('Mails that a connection did not tell of', [metrics.of('MissedByIdle', {}, everyFiveMinutes)]),
        graph('Polls dropped because they came too late', [metrics.of('DroppedPolls', {}, everyFiveMinutes)]),
      ],
      [
        graph(
          'Runs',
          ofFunctions((code, label) => code.lambda.metricInvocations({ ...everyFiveMinutes, label })),
        ),
        graph(
          'Errors',
          ofFunctions((code, label) => code.lambda.metricErrors({ ...everyFiveMinutes, label })),
        ),
        graph(
          'Duration, ms',
          ofFunctions((code, label) => code.lambda.metricDuration({ ...mostInFiveMinutes, label })),
        ),
      ],
    ],
  });
}

function graph(title: string, left: IMetric[]): GraphWidget {
  return new GraphWidget({ title, left, width: 8, height: 6 });
}
