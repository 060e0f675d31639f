import { Construct } from 'constructs';
import { functionDefinitions } from '../functions/definitions.ts';
import { mostInFiveMinutes } from './alarms.ts';
import { ServiceFunction, timeoutOf } from './service-function.ts';
import type { Surroundings } from './surroundings.ts';
import { WorkQueue } from './work-queue.ts';

/** Mails on their way out: their queue, in order for each account, and the function that takes them on. */
export class Send extends Construct {
  readonly definition = functionDefinitions.send;
  readonly work: WorkQueue;
  readonly code: ServiceFunction;

  constructor(scope: Construct, around: Surroundings) {
    super(scope, 'Send');
    const { trigger } = this.definition;
    this.work = new WorkQueue(this, trigger.queue, {
      alarms: around.alarms,
      timeoutSeconds: timeoutOf(around.config, 'send'),
      ageSeconds: 300,
      late: 'Sent messages stay in "sending" for minutes.',
      lost: 'Some messages stopped on their way; the minute tick takes them up again until they are two days old.',
    });
    this.code = new ServiceFunction(this, 'Code', around, {
      name: 'send',
      definition: this.definition,
      impact: 'Messages stay in "sending", and their copies are not filed.',
      reachesMailServers: true,
      // A mail that its server puts off makes the next message, until it is given up after two days.
      mayLoop: true,
    });
    this.code.takeFrom(this.work, trigger, trigger.maxConcurrency);
    around.alarms.add(this, 'Overdue', {
      runbook: 'Work is overdue in the table',
      impact: 'Sent messages stay in "sending".',
      metric: around.metrics.of('PendingWorkAge', { kind: 'send' }, mostInFiveMinutes),
      above: 600,
      periods: 2,
    });
  }
}
