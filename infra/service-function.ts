import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  Code,
  Function as LambdaFunction,
  RecursiveLoop,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { type FunctionDefinition, type FunctionName, functionDefinitions } from '../functions/definitions.ts';
import { everyFiveMinutes } from './alarms.ts';
import { bundled, projectDir } from './bundle.ts';
import type { Config } from './config.ts';
import { SettingSheet } from './deployed-code.ts';
import type { Surroundings } from './surroundings.ts';
import type { WorkQueue } from './work-queue.ts';

export type ServiceFunctionOptions = {
  readonly name: string;
  readonly definition: Pick<
    FunctionDefinition,
    'does' | 'entry' | 'timeoutSeconds' | 'memoryMb' | 'settings' | 'bundleLimitBytes'
  >;
  /** What a user notices while it fails; it becomes the text of the alarm. */
  readonly impact: string;
  readonly reservedConcurrency?: number | undefined;
  /** Whether it logs in to mail servers: those see where it comes from. */
  readonly reachesMailServers?: boolean;
  /** It answers its own messages by new ones, each after a pause and until a deadline; Lambda would end that. */
  readonly mayLoop?: boolean;
};

/** A function with its bundle, its log, a role that may nothing but write that log, and the alarm that it fails. */
export class ServiceFunction extends Construct {
  readonly lambda: LambdaFunction;
  readonly role: Role;
  readonly settings: SettingSheet;

  constructor(scope: Construct, id: string, around: Surroundings, options: ServiceFunctionOptions) {
    super(scope, id);
    const { name, definition, reservedConcurrency, reachesMailServers = false, mayLoop = false } = options;
    const { config, network } = around;
    const logGroup = new LogGroup(this, 'Log', {
      retention: Number(config.logDays),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(this.role);
    if (reachesMailServers && config.egress !== 'direct') this.#allowNetworkInterfaces();
    this.lambda = new LambdaFunction(this, 'Function', {
      description: definition.does,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: Code.fromAsset(
        projectDir,
        bundled(this, { entry: definition.entry, limitBytes: definition.bundleLimitBytes }, around.weighed),
      ),
      handler: 'index.handler',
      timeout: Duration.seconds(config.timeoutSeconds[name] ?? definition.timeoutSeconds),
      memorySize: config.memoryMb[name] ?? definition.memoryMb,
      role: this.role,
      logGroup,
      recursiveLoop: mayLoop ? RecursiveLoop.ALLOW : RecursiveLoop.TERMINATE,
      ...(reservedConcurrency === undefined || config.reserve === 'no'
        ? {}
        : { reservedConcurrentExecutions: reservedConcurrency }),
      ...(network !== undefined && reachesMailServers && config.egress !== 'direct'
        ? {
            vpc: network.vpc,
            vpcSubnets: network.subnets,
            securityGroups: [network.securityGroup],
            ipv6AllowedForDualStack: config.egress === 'ipv6',
          }
        : {}),
    });
    this.settings = new SettingSheet(this, definition.settings, (setting, value) => {
      this.lambda.addEnvironment(setting, value);
    });
    // The SDK reads it by itself: without NAT, AWS is reached by IPv6 too.
    if (reachesMailServers && config.egress === 'ipv6') {
      this.lambda.addEnvironment('AWS_USE_DUALSTACK_ENDPOINT', 'true');
    }
    around.alarms.add(this, 'Failing', {
      runbook: 'A function fails',
      impact: options.impact,
      metric: new MathExpression({
        label: `${name}: errors and throttles`,
        expression: 'errors + throttles',
        usingMetrics: {
          errors: this.lambda.metricErrors(everyFiveMinutes),
          throttles: this.lambda.metricThrottles(everyFiveMinutes),
        },
        period: everyFiveMinutes.period,
      }),
      above: 0,
      periods: 2,
    });
  }

  /** Takes messages from the queue; of a batch, only those that failed come again. */
  takeFrom(work: WorkQueue, { batchSize }: { readonly batchSize: number }, maxConcurrency: number): void {
    this.lambda.addEventSource(
      new SqsEventSource(work.queue, { batchSize, maxConcurrency, reportBatchItemFailures: true }),
    );
  }

  /**
   * In a network of ours, Lambda plugs the function in with its role. The rights have no narrower form that Lambda takes;
   * the code itself is kept from using them.
   */
  #allowNetworkInterfaces(): void {
    const actions = [
      'ec2:CreateNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
      'ec2:DeleteNetworkInterface',
      'ec2:AssignPrivateIpAddresses',
      'ec2:UnassignPrivateIpAddresses',
    ];
    this.role.addToPrincipalPolicy(new PolicyStatement({ actions, resources: ['*'] }));
    this.role.addToPrincipalPolicy(
      new PolicyStatement({
        effect: Effect.DENY,
        actions,
        resources: ['*'],
        conditions: { Null: { 'lambda:SourceFunctionArn': 'false' } },
      }),
    );
    Validations.of(this.role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'Lambda asks for these rights without a resource; a second statement refuses them to the code.',
    });
  }
}

/** What one run may take, in seconds, after the operator's word. */
export function timeoutOf(config: Config, name: FunctionName): number {
  return config.timeoutSeconds[name] ?? functionDefinitions[name].timeoutSeconds;
}
