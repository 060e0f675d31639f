/** The service dimension of every metric; two deployments differ in their namespace. */
export const metricService = 'coi-push';

/**
 * Every figure this service gives of itself: its unit, what it is told apart by (each with all its values, because each
 * combination is a metric that is paid for), and what it says. Never an account, a host or an address.
 */
export const metricTable = {
  PushLag: {
    unit: 'Milliseconds',
    by: {},
    says: "from a message's arrival in its mailbox (INTERNALDATE) to a push service having taken its push",
  },
  Pushes: {
    unit: 'Count',
    by: {
      pushService: ['apple', 'google', 'mozilla', 'microsoft', 'other'],
      outcome: ['delivered', 'later', 'gone', 'refused'],
    },
    says: 'pushes tried, by whose push service it was and what became of them',
  },
  Accounts: {
    unit: 'Count',
    by: { state: ['held', 'waiting', 'polled', 'serverpush'] },
    says: 'accounts in the minute tick: held by a worker in IDLE, waiting for one, polled, pushed by their own server',
  },
  IdleSessions: { unit: 'Count', by: {}, says: 'connections that one worker holds, once a minute' },
  Checks: {
    unit: 'Count',
    by: { outcome: ['done', 'login-refused', 'unreachable'] },
    says: 'looks into a mailbox, whether by a poll or on a connection that is held',
  },
  MissedByIdle: {
    unit: 'Count',
    by: {},
    says: 'mails that a look beside a connection found, and that the connection had not told of: each held mailbox is looked into once in 100 minutes',
  },
  DroppedPolls: {
    unit: 'Count',
    by: {},
    says: 'looks into mailboxes that came too late to be made; they come again in their turn',
  },
  Sends: {
    unit: 'Count',
    by: { outcome: ['accepted', 'later', 'refused', 'unknown'] },
    says: 'mails handed to a mail server, by what it said',
  },
  HostCircuits: {
    unit: 'Count',
    by: { change: ['opened', 'closed'] },
    says: 'mail servers that were left alone because most logins failed there, and those that were well again',
  },
  PendingWorkAge: {
    unit: 'Seconds',
    by: { kind: ['push', 'send'] },
    says: 'how long the oldest unfinished work of a kind is overdue, once a minute; 0 when none is',
  },
} as const satisfies Record<
  string,
  {
    readonly unit: 'Count' | 'Milliseconds' | 'Seconds';
    readonly by: Readonly<Record<string, readonly string[]>>;
    readonly says: string;
  }
>;

export type MetricName = keyof typeof metricTable;

/** Which of a metric's values one figure belongs to. */
export type MetricValues<Name extends MetricName> = {
  readonly [By in keyof (typeof metricTable)[Name]['by']]: (typeof metricTable)[Name]['by'][By] extends readonly (infer Value)[]
    ? Value
    : never;
};

export type Metrics = {
  /** Notes one figure, in the metric's unit. */
  add<Name extends MetricName>(name: Name, figure: number, of: MetricValues<Name>): void;
  /** Hands over what was noted since the last time. Hosts call it: at the end of an event, or each minute. */
  flush(): void;
};

export const silentMetrics: Metrics = { add() {}, flush() {} };
