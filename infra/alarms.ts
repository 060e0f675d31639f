import { Duration, Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';

export type AlarmOptions = {
  /** The heading in infra/README.md that tells what to look at and what to do. */
  readonly runbook: string;
  /** What a user notices, as a sentence. */
  readonly impact: string;
  readonly metric: IMetric;
  /** It rings above this; or below it. */
  readonly above?: number;
  readonly below?: number;
  /** Periods of the metric in a row until it rings. */
  readonly periods?: number;
  /** Whether silence is a fault: of something that must always happen. */
  readonly silenceRings?: boolean;
};

/** All alarms of the stack, and whom they tell. */
export class Alarms extends Construct {
  readonly all: Alarm[] = [];
  readonly #topic: Topic;

  constructor(scope: Construct, id: string, options: { readonly email: string }) {
    super(scope, id);
    this.#topic = new Topic(this, 'Topic', { displayName: 'coi-push', enforceSSL: true });
    // With a policy of its own (it asks for TLS), a topic no longer takes from its own account what it did without.
    this.#topic.addToResourcePolicy(
      new PolicyStatement({
        actions: ['sns:Publish'],
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        resources: [this.#topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    if (options.email !== '') this.#topic.addSubscription(new EmailSubscription(options.email));
  }

  add(scope: Construct, id: string, options: AlarmOptions): Alarm {
    const { runbook, impact, metric, above, below, periods = 1, silenceRings = false } = options;
    const alarm = new Alarm(scope, id, {
      metric,
      threshold: above ?? below ?? 0,
      comparisonOperator:
        below === undefined
          ? ComparisonOperator.GREATER_THAN_THRESHOLD
          : ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: periods,
      treatMissingData: silenceRings ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
      alarmDescription: `${impact} What to do: infra/README.md, "${runbook}".`,
    });
    const action = new SnsAction(this.#topic);
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
    this.all.push(alarm);
    return alarm;
  }
}

export const everyFiveMinutes = { period: Duration.minutes(5), statistic: Stats.SUM } as const;
export const mostInFiveMinutes = { period: Duration.minutes(5), statistic: Stats.MAXIMUM } as const;
export const leastInFiveMinutes = { period: Duration.minutes(5), statistic: Stats.MINIMUM } as const;
