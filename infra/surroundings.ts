import type { Alarms } from './alarms.ts';
import type { Bundle } from './bundle.ts';
import type { Config } from './config.ts';
import type { Network } from './network.ts';
import type { ServiceMetrics } from './service-metrics.ts';

/** What every construct of the stack is made in. */
export type Surroundings = {
  readonly config: Config;
  readonly alarms: Alarms;
  readonly metrics: ServiceMetrics;
  readonly network: Network | undefined;
  readonly weighed: (bundle: Bundle) => void;
};
