import { fixedParts, prices } from '../../infra/costs.ts';
import type { Usage } from './usage.ts';
import { total } from './usage.ts';

/** US dollars a month, by what they are paid for. */
export type Dollars = Readonly<
  Record<
    'table' | 'functions' | 'containers' | 'egress' | 'keys' | 'queues' | 'api' | 'logs' | 'fixed' | 'total',
    number
  >
>;

const daysPerMonth = 30.4;
const secondsPerHour = 3_600;
/** A quarter of a processor and 1 GB, with an address. */
const containerHour = 0.25 * prices.fargateVcpuHour + prices.fargateGbHour + prices.publicIpv4Hour;

/** At list prices, without what is free and without cheaper tiers for much use: an upper bound for the largest size. */
export function dollarsPerMonth(usage: Usage): Dollars {
  const daily = {
    table: total(usage.reads) * prices.readUnit + total(usage.writes) * prices.writeUnit,
    functions: usage.lambdaGbSeconds * prices.lambdaGbSecond + usage.lambdaRequests * prices.lambdaRequest,
    containers: (usage.containerSeconds / secondsPerHour) * containerHour,
    egress: (usage.egressBytes / 1e9) * prices.egressGb,
    keys: usage.keyRequests * prices.kmsRequest,
    queues: usage.sqsRequests * prices.sqsRequest,
    api: usage.calls * prices.httpApiCall,
    logs: (usage.logBytes / 1e9) * prices.logGb,
  };
  const monthly = {
    table: daily.table * daysPerMonth,
    functions: daily.functions * daysPerMonth,
    containers: daily.containers * daysPerMonth,
    egress: daily.egress * daysPerMonth,
    keys: daily.keys * daysPerMonth,
    queues: daily.queues * daysPerMonth,
    api: daily.api * daysPerMonth,
    logs: daily.logs * daysPerMonth,
    fixed:
      fixedParts.keys * prices.kmsKeyMonth +
      fixedParts.secrets * prices.secretMonth +
      fixedParts.alarmMetrics * prices.alarmMonth +
      fixedParts.metrics * prices.metricMonth +
      fixedParts.dashboards * prices.dashboardMonth,
  };
  return { ...monthly, total: Object.values(monthly).reduce((sum, part) => sum + part, 0) };
}
