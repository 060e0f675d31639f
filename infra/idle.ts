import { Duration, Validations } from 'aws-cdk-lib';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { functionDefinitions } from '../functions/definitions.ts';
import { everyFiveMinutes } from './alarms.ts';
import { allow, type DeployedCode } from './deployed-code.ts';
import { alarmOnMissingWorkers } from './missing-workers.ts';
import { ServiceFunction } from './service-function.ts';
import type { Surroundings } from './surroundings.ts';
import { alarmOnDeadLetters, deadLetterQueue } from './work-queue.ts';

/** The workers that hold IDLE connections, as a function that `schedule` starts and that lives for minutes. */
export class Idle extends Construct {
  readonly definition = functionDefinitions.idle;
  readonly code: ServiceFunction;
  readonly failed: Queue;

  constructor(scope: Construct, around: Surroundings) {
    super(scope, 'Idle');
    const { alarms, config } = around;
    this.code = new ServiceFunction(this, 'Code', around, {
      name: 'idle',
      definition: this.definition,
      // During a hand-over a worker and its successor run at the same time.
      reservedConcurrency: 2 * config.idleWorkers,
      impact: 'Devices learn of new mail minutes late instead of at once.',
      reachesMailServers: true,
    });
    this.failed = deadLetterQueue(this);
    Validations.of(this.failed).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'It is itself where the invocations that failed are put aside.',
    });
    // A worker that died is replaced by the next tick, which knows what it held; a repeat of its start would not.
    this.code.lambda.configureAsyncInvoke({
      retryAttempts: 0,
      maxEventAge: Duration.minutes(1),
      onFailure: new SqsDestination(this.failed),
    });
    alarmOnDeadLetters(alarms, this, this.failed, 'Devices learned of new mail up to two minutes late.');
    alarmOnMissingWorkers(this, around);
    alarms.add(this, 'Haywire', {
      runbook: 'IDLE workers went haywire',
      impact: 'Connections are made anew over and over; mail providers may begin to refuse logins.',
      metric: this.code.lambda.metricInvocations(everyFiveMinutes),
      // One start per worker in five minutes is twice what hand-overs need; each minute of a fault starts all of them.
      above: 2 * config.idleWorkers,
      periods: 2,
    });
  }

  /** Lets the code start workers, and tells it how many. */
  allowStarting({ definition, role, settings }: DeployedCode, most: number): void {
    settings.setDeclared({
      IDLE_FUNCTION_NAME: this.code.lambda.functionName,
      IDLE_WORKERS: String(most),
    });
    if (definition.invokes === 'idle') allow(role, ['lambda:InvokeFunction'], this.code.lambda.functionArn);
  }
}
