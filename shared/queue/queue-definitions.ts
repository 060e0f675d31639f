export type QueueName = 'poll' | 'push' | 'send';

export type QueueDefinition = {
  readonly queueName: string;
  readonly deadLetterQueueName: string;
  /** First in, first out within a group; a group waits while one of its messages is at work. */
  readonly fifo: boolean;
  /** How long a received message stays hidden: six times what its work may take, as AWS advises for Lambda. */
  readonly visibilitySeconds: number;
  /** How long an unread message is kept. The table brings back what is lost, so none needs to be old. */
  readonly retentionSeconds: number;
  /** Deliveries before a message is put aside. */
  readonly maxReceives: number;
};

/** What the embedded server and the deployed stack both create. A queue only wakes: the table holds what is owed. */
export const queueDefinitions: Readonly<Record<QueueName, QueueDefinition>> = {
  /** A poll that is older than its next one is of no use. */
  poll: {
    queueName: 'coi-push-poll',
    deadLetterQueueName: 'coi-push-poll-dead',
    fifo: false,
    visibilitySeconds: 360,
    retentionSeconds: 600,
    maxReceives: 2,
  },
  /** Deferred pushes; the longest TTL of a push is a day. */
  push: {
    queueName: 'coi-push-push',
    deadLetterQueueName: 'coi-push-push-dead',
    fifo: false,
    visibilitySeconds: 180,
    retentionSeconds: 86_400,
    maxReceives: 5,
  },
  /** Grouped by account: one account's mails go out one after the other. */
  send: {
    queueName: 'coi-push-send.fifo',
    deadLetterQueueName: 'coi-push-send-dead.fifo',
    fifo: true,
    visibilitySeconds: 360,
    retentionSeconds: 172_800,
    maxReceives: 5,
  },
};

export const queueNames = ['poll', 'push', 'send'] as const satisfies readonly QueueName[];
