/**
 * What a deployment costs in US dollars a month, in us-east-1 and without AWS's free tiers: a formula of prices, what
 * one unit of work takes, and how often it is done. The README's table is made by it, and a test compares it with
 * figures that were worked out apart from it.
 */
export function costPerMonth(use: Use): Cost {
  const cost = {
    messages: use.accounts * use.messagesPerDay * daysPerMonth * perMessage(),
    polling: pollCost(use),
    checkReads: checksPerMonth(use) * work.checkReadUnits * prices.readUnit,
    idle: idleCost(use),
    api: use.accounts * use.apiCallsPerDay * daysPerMonth * perApiCall(),
    fixed: use.fixed ? fixedCost(use) : 0,
  };
  return { ...cost, total: Object.values(cost).reduce((sum, part) => sum + part, 0) };
}

export type Use = {
  readonly accounts: number;
  /** Chat mails received by one account in a day. */
  readonly messagesPerDay: number;
  readonly apiCallsPerDay: number;
  /** The share of accounts, 0 to 1, for which a connection waits in IDLE; the others are polled. */
  readonly idleShare: number;
  /** The mean pause between two looks into a polled mailbox, in minutes. */
  readonly pollMinutes: number;
  readonly idleHost: IdleHost;
  /** Whether to count what is paid without any account: keys, alarms, metrics, the dashboard, the minute tick. */
  readonly fixed: boolean;
};

export type Cost = Readonly<
  Record<'messages' | 'polling' | 'checkReads' | 'idle' | 'api' | 'fixed' | 'total', number>
>;

/** Where connections wait: how many one worker holds, and what it is paid for. */
export type IdleHost =
  | { readonly kind: 'lambda'; readonly memoryMb: number; readonly connections: number }
  | {
      readonly kind: 'fargate';
      readonly vcpu: number;
      readonly memoryMb: number;
      readonly connections: number;
    };

const daysPerMonth = 30.4;
const hoursPerMonth = 730;
const minutesPerMonth = hoursPerMonth * 60;

/** List prices in US dollars of August 2026, us-east-1. */
export const prices = {
  lambdaGbSecond: 0.0000133334,
  lambdaRequest: 0.2e-6,
  sqsRequest: 0.4e-6,
  writeUnit: 0.625e-6,
  readUnit: 0.125e-6,
  httpApiCall: 1e-6,
  kmsRequest: 3e-6,
  kmsKeyMonth: 1,
  secretMonth: 0.4,
  logGb: 0.5,
  egressGb: 0.09,
  fargateVcpuHour: 0.03238,
  fargateGbHour: 0.00356,
  publicIpv4Hour: 0.005,
  alarmMonth: 0.1,
  metricMonth: 0.3,
  dashboardMonth: 3,
} as const;

/** What one piece of work takes, as measured on one core like those of Lambda. */
export const work = {
  /** Bytes out and CPU of one look into a mailbox that has nothing new: TLS, login, one command. */
  checkEgressBytes: 1750,
  checkCpuSeconds: 0.0031,
  /** The account and its watch. */
  checkReadUnits: 2,
  /** Accounts in one poll message; it is sent, received and deleted. */
  accountsPerPoll: 100,
  /** A watch in the table, read each minute by the tick with others: half a read unit for 4 KB. */
  watchBytes: 300,
  messageWriteUnits: 3,
  messageReadUnits: 1,
  messageEgressBytes: 1500,
  messageCpuSeconds: 0.0015,
  /** A connection in IDLE: bytes out for its login, and for each renewal. */
  loginEgressBytes: 2100,
  renewEgressBytes: 250,
  renewSeconds: 270,
  /**
   * A Lambda worker lives for some 12 minutes (by `npm run simulate`), and the last of them beside its successor. A container
   * logs in hourly.
   */
  lambdaLifeSeconds: 700,
  lambdaOverlapSeconds: 60,
  fargateLifeSeconds: 3600,
  /** The key of a partition is kept in memory, and asked for again by each process that meets the partition, in a day. */
  keyRequestsPerPartition: 60,
  apiGbSeconds: 0.05,
  apiReadUnits: 2,
  apiEgressBytes: 2000,
  /** Log lines of one invocation, with those that Lambda adds. */
  invocationLogBytes: 1500,
  /** The minute tick, which asks the table for one partition after the other. */
  tickGbSeconds: 0.5,
} as const;

/**
 * What is there whatever the number of accounts; a test compares the numbers with the stack. An alarm is paid for by each
 * metric that it computes with. Of the metrics of ours, those count that have figures: with the usual push services half.
 */
export const fixedParts = {
  alarmMetrics: 43,
  metrics: 18,
  dashboards: 1,
  keys: 1,
  secrets: 1,
  partitions: 256,
};

function perMessage(): number {
  return (
    work.messageWriteUnits * prices.writeUnit +
    work.messageReadUnits * prices.readUnit +
    egress(work.messageEgressBytes) +
    cpu(work.messageCpuSeconds)
  );
}

function pollCost(use: Use): number {
  const perCheck =
    egress(work.checkEgressBytes) +
    cpu(work.checkCpuSeconds) +
    (3 * prices.sqsRequest + invocation()) / work.accountsPerPoll;
  // The tick reads every watch each minute, whoever watches it.
  const tickReads = use.accounts * minutesPerMonth * ((0.5 * work.watchBytes) / 4096) * prices.readUnit;
  return checksPerMonth(use) * perCheck + tickReads;
}

function checksPerMonth({ accounts, idleShare, pollMinutes }: Use): number {
  return (accounts * (1 - idleShare) * minutesPerMonth) / pollMinutes;
}

function idleCost({ accounts, idleShare, idleHost }: Use): number {
  const watched = Math.ceil(accounts * idleShare);
  if (watched === 0) return 0;
  const workers = Math.ceil(watched / idleHost.connections);
  const lifeSeconds = idleHost.kind === 'lambda' ? work.lambdaLifeSeconds : work.fargateLifeSeconds;
  const secondsPerMonth = hoursPerMonth * 3600;
  const perConnection =
    (secondsPerMonth / lifeSeconds) * egress(work.loginEgressBytes) +
    (secondsPerMonth / work.renewSeconds) * egress(work.renewEgressBytes);
  return workers * workerMonth(idleHost) + watched * perConnection;
}

function workerMonth(host: IdleHost): number {
  switch (host.kind) {
    case 'lambda': {
      const overlap = 1 + work.lambdaOverlapSeconds / work.lambdaLifeSeconds;
      return hoursPerMonth * 3600 * overlap * (host.memoryMb / 1024) * prices.lambdaGbSecond;
    }
    case 'fargate': {
      const perHour =
        host.vcpu * prices.fargateVcpuHour +
        (host.memoryMb / 1024) * prices.fargateGbHour +
        prices.publicIpv4Hour;
      return hoursPerMonth * perHour;
    }
  }
}

function perApiCall(): number {
  return (
    prices.httpApiCall +
    invocation() +
    work.apiGbSeconds * prices.lambdaGbSecond +
    work.apiReadUnits * prices.readUnit +
    egress(work.apiEgressBytes)
  );
}

function fixedCost({ accounts }: Use): number {
  return (
    fixedParts.keys * prices.kmsKeyMonth +
    fixedParts.secrets * prices.secretMonth +
    fixedParts.alarmMetrics * prices.alarmMonth +
    fixedParts.metrics * prices.metricMonth +
    fixedParts.dashboards * prices.dashboardMonth +
    minutesPerMonth *
      (invocation() +
        work.tickGbSeconds * prices.lambdaGbSecond +
        fixedParts.partitions * 0.5 * prices.readUnit) +
    Math.min(accounts, fixedParts.partitions) *
      work.keyRequestsPerPartition *
      daysPerMonth *
      prices.kmsRequest
  );
}

function invocation(): number {
  return prices.lambdaRequest + (work.invocationLogBytes / 1e9) * prices.logGb;
}

function egress(bytes: number): number {
  return (bytes / 1e9) * prices.egressGb;
}

/** Lambda gives one virtual CPU with 1,769 MB. */
function cpu(seconds: number): number {
  return seconds * (1769 / 1024) * prices.lambdaGbSecond;
}
