import { Duration } from 'aws-cdk-lib';
import { DeduplicationScope, FifoThroughputLimit, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { type QueueName, queueDefinitions } from '../shared/queue/queue-definitions.ts';
import { type Alarms, mostInFiveMinutes } from './alarms.ts';
import { allow, type DeployedCode } from './deployed-code.ts';

export type WorkQueueOptions = {
  readonly alarms: Alarms;
  /** What the work of one message may take. */
  readonly timeoutSeconds: number;
  /** Seconds a message may wait when all is well. */
  readonly ageSeconds: number;
  /** What a user notices when messages wait longer, and when some were put aside. */
  readonly late: string;
  readonly lost: string;
};

/** One of the queues, with the queue its failures are put aside in, and what watches over both. */
export class WorkQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;
  readonly #name: QueueName;

  constructor(scope: Construct, name: QueueName, options: WorkQueueOptions) {
    super(scope, 'Work');
    this.#name = name;
    const { fifo, visibilitySeconds, retentionSeconds, maxReceives } = queueDefinitions[name];
    this.deadLetters = new Queue(this, 'DeadLetters', { ...common, ...kindOf(fifo), ...kept });
    this.queue = new Queue(this, 'Queue', {
      ...common,
      ...kindOf(fifo),
      ...(fifo
        ? {
            deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
            fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
          }
        : {}),
      visibilityTimeout: Duration.seconds(Math.max(visibilitySeconds, 6 * options.timeoutSeconds)),
      retentionPeriod: Duration.seconds(retentionSeconds),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: maxReceives },
    });
    options.alarms.add(this, 'Late', {
      runbook: 'Work waits in a queue',
      impact: options.late,
      metric: this.queue.metricApproximateAgeOfOldestMessage(mostInFiveMinutes),
      above: options.ageSeconds,
      periods: 2,
    });
    alarmOnDeadLetters(options.alarms, this, this.deadLetters, options.lost);
  }

  /** Where the code is declared to put messages into this queue, or to count those that wait, lets it. */
  allowSending({ definition, role, settings }: DeployedCode): void {
    settings.setDeclared({ [urlSettings[this.#name]]: this.queue.queueUrl });
    if (definition.sendsTo.includes(this.#name)) allow(role, ['sqs:SendMessage'], this.queue.queueArn);
    if (definition.measures === this.#name) allow(role, ['sqs:GetQueueAttributes'], this.queue.queueArn);
  }
}

const urlSettings = { poll: 'POLL_QUEUE_URL', push: 'PUSH_QUEUE_URL', send: 'SEND_QUEUE_URL' } as const;

/** Rings while anything was put aside. */
export function alarmOnDeadLetters(
  alarms: Alarms,
  scope: Construct,
  deadLetters: Queue,
  impact: string,
): void {
  alarms.add(scope, 'PutAside', {
    runbook: 'Messages were put aside',
    impact,
    metric: deadLetters.metricApproximateNumberOfMessagesVisible(mostInFiveMinutes),
    above: 0,
  });
}

/** A queue for what failed for good: there long enough to be looked at after a holiday. */
export function deadLetterQueue(scope: Construct): Queue {
  return new Queue(scope, 'DeadLetters', { ...common, ...kept });
}

const common = { enforceSSL: true, encryption: QueueEncryption.SQS_MANAGED } as const;
const kept = { retentionPeriod: Duration.days(14) };

function kindOf(fifo: boolean): { readonly fifo?: true } {
  return fifo ? { fifo } : {};
}
