import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import {
  Cluster,
  ContainerDependencyCondition,
  ContainerImage,
  CpuArchitecture,
  FargateService,
  FargateTaskDefinition,
  type ICluster,
  LogDrivers,
  OperatingSystemFamily,
  UlimitName,
} from 'aws-cdk-lib/aws-ecs';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import { functionDefinitions } from '../functions/definitions.ts';
import { mostInFiveMinutes } from './alarms.ts';
import { bundled, projectDir } from './bundle.ts';
import { bundleFile } from './bundle-options.ts';
import { allow, type DeployedCode, SettingSheet } from './deployed-code.ts';
import { alarmOnMissingWorkers } from './missing-workers.ts';
import type { Network } from './network.ts';
import type { Surroundings } from './surroundings.ts';

/** The same worker as in the function, as a process that runs until SIGTERM. */
const entry = 'functions/idle/main.ts';
const codeDir = '/code';

/** Both are made for several processors, and by their makers. */
const images = {
  node: 'public.ecr.aws/docker/library/node:24-slim',
  fetch: 'public.ecr.aws/aws-cli/aws-cli:2.31.0',
} as const;

/**
 * The workers that hold IDLE connections, as containers that stay: one holds some 7,000. No image is built, so neither
 * synth nor deploy needs Docker: a first container brings the bundle from the deploy's bucket, and plain Node runs it.
 */
export class IdleContainer extends Construct {
  readonly definition = functionDefinitions.idle;
  readonly code: Pick<DeployedCode, 'role' | 'settings'>;

  constructor(scope: Construct, around: Surroundings, network: Network) {
    super(scope, 'Idle');
    const { config, alarms } = around;
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') });
    const task = new FargateTaskDefinition(this, 'Task', {
      cpu: 256,
      memoryLimitMiB: config.memoryMb['idle'] ?? 1024,
      runtimePlatform: {
        cpuArchitecture: CpuArchitecture.ARM64,
        operatingSystemFamily: OperatingSystemFamily.LINUX,
      },
      taskRole: role,
      volumes: [{ name: 'code' }],
    });
    const node = this.#addContainers(around, task, role);
    this.code = {
      role,
      settings: new SettingSheet(this, this.definition.settings, (name, value) => {
        node.addEnvironment(name, value);
      }),
    };
    const cluster = new Cluster(this, 'Cluster', { vpc: network.vpc });
    if (!isCluster(cluster)) throw new Error('a Cluster that is none');
    const service = new FargateService(this, 'Service', {
      cluster,
      taskDefinition: task,
      desiredCount: config.containers,
      assignPublicIp: network.public,
      vpcSubnets: network.subnets,
      securityGroups: [network.securityGroup],
      // A deploy starts the successors first; they take over before the old ones are told to stop.
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      circuitBreaker: { rollback: true },
    });
    Validations.of(task).acknowledge({
      id: 'AwsSolutions-ECS2',
      reason: 'The settings name things; none of them is secret, and a test holds that.',
    });
    Validations.of(cluster).acknowledge({
      id: 'AwsSolutions-ECS4',
      reason:
        'The workers tell their connections and lag themselves; Container Insights is paid for by container.',
    });
    alarmOnMissingWorkers(this, around);
    alarms.add(this, 'Full', {
      runbook: 'IDLE containers are full',
      impact: 'Nothing yet; with some more mailboxes a container ends and its connections are made anew.',
      metric: service.metricMemoryUtilization(mostInFiveMinutes),
      above: 80,
      periods: 3,
    });
  }

  #addContainers({ config, weighed }: Surroundings, task: FargateTaskDefinition, role: Role) {
    const asset = new Asset(this, 'Bundle', {
      path: projectDir,
      ...bundled(this, { entry, limitBytes: this.definition.bundleLimitBytes, alone: true }, weighed),
    });
    const objectArn = Stack.of(this).formatArn({
      service: 's3',
      region: '',
      account: '',
      resource: asset.s3BucketName,
      resourceName: asset.s3ObjectKey,
    });
    allow(role, ['s3:GetObject'], objectArn);
    const logGroup = new LogGroup(this, 'Log', {
      retention: Number(config.logDays),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const logging = LogDrivers.awsLogs({ logGroup, streamPrefix: 'idle' });
    const fetch = task.addContainer('Fetch', {
      image: ContainerImage.fromRegistry(images.fetch),
      command: ['s3', 'cp', '--only-show-errors', asset.s3ObjectUrl, `${codeDir}/${bundleFile}`],
      essential: false,
      logging,
    });
    fetch.addMountPoints({ sourceVolume: 'code', containerPath: codeDir, readOnly: false });
    const node = task.addContainer('Node', {
      image: ContainerImage.fromRegistry(images.node),
      command: ['node', `${codeDir}/${bundleFile}`],
      readonlyRootFilesystem: true,
      user: 'node',
      // The longest that Fargate gives between SIGTERM and the end.
      stopTimeout: Duration.seconds(120),
      ulimits: [{ name: UlimitName.NOFILE, softLimit: 65_535, hardLimit: 65_535 }],
      logging,
    });
    node.addMountPoints({ sourceVolume: 'code', containerPath: codeDir, readOnly: true });
    node.addContainerDependencies({ container: fetch, condition: ContainerDependencyCondition.SUCCESS });
    return node;
  }
}

/** To the compiler the class is not its own interface: it says `string | undefined` where that says `?: string`. */
function isCluster(cluster: unknown): cluster is ICluster {
  return cluster instanceof Cluster;
}
