import { Annotations, App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { Bundle } from './bundle.ts';
import { type Config, readConfig } from './config.ts';
import { CoiPushStack } from './stack.ts';

export type MadeApp = {
  readonly app: App;
  readonly stack: CoiPushStack;
  readonly bundles: readonly Bundle[];
};

/**
 * The app of the CDK, with the stack and the rules that are applied to it. What the CLI or a test passes is all it knows:
 * neither credentials nor the network are asked.
 *
 * @param context besides what the CLI passes; @param outdir where the cloud assembly goes, unless the CLI says it
 * @throws ConfigRefused when the configuration has faults
 */
export function makeApp({
  context = {},
  outdir,
}: {
  context?: Record<string, unknown>;
  outdir?: string;
} = {}): MadeApp {
  const app = new App({
    analyticsReporting: false,
    // Who makes it says when: after a fault there is nothing to leave behind.
    autoSynth: false,
    context: { ...flags, ...context },
    ...(outdir === undefined ? {} : { outdir }),
  });
  const read = readConfig(Object.fromEntries(Object.entries(app.node.getAllContext())));
  if (!read.ok) throw new ConfigRefused(read.faults);
  const bundles: Bundle[] = [];
  const stack = new CoiPushStack(app, { config: read.config, weighed: (bundle) => bundles.push(bundle) });
  warn(stack, read.config);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return { app, stack, bundles };
}

/** The configuration cannot be deployed. */
export class ConfigRefused extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`The configuration has faults:\n${faults.map((fault) => `- ${fault}`).join('\n')}`);
    this.name = 'ConfigRefused';
    this.faults = faults;
  }
}

function warn(stack: CoiPushStack, config: Config): void {
  if (config.admit !== '') return;
  Annotations.of(stack).addWarningV2('coi-push:admit', 'Nobody may sign in yet: set coi:admit.');
}

/** Of the CDK, the same for the CLI and for tests. */
const flags = {
  /** Writes into the template where a function's code lies, for whoever runs the assembly here. */
  'aws:cdk:enable-asset-metadata': true,
  '@aws-cdk/aws-iam:minimizePolicies': true,
  '@aws-cdk/core:target-partitions': ['aws', 'aws-cn'],
} as const;
