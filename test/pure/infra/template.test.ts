import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { adminSettings } from '../../../functions/admin/settings.ts';
import { functionDefinitions, vapidKeyDefinition } from '../../../functions/definitions.ts';
import { functionSettings } from '../../../functions/settings/function-settings.ts';
import { apiPaths } from '../../../functions/web/site.ts';
import { metricTable } from '../../../shared/core/metrics.ts';
import { queueDefinitions, queueNames } from '../../../shared/queue/queue-definitions.ts';
import { createTableInput, tableDefinition } from '../../../shared/store/table.ts';
import { assembly } from '../../support/assembly.ts';
import { objectOf, textOf } from '../../support/deployed/template.ts';
import { Synthesized, type SynthesizedResource, statementsOf } from '../../support/synthesized.ts';

const readme = readFileSync(new URL('../../../infra/README.md', import.meta.url), 'utf8');

/** Each with what its network, its containers and its names add to the stack. */
const deployments = [
  ['as it comes', {}],
  [
    'on containers, with one address, an own name and somebody who is told of alarms',
    {
      'coi:admit': 'example.org',
      'coi:idleHost': 'fargate',
      'coi:egress': 'nat',
      'coi:domain': 'push.example.org',
      'coi:hostedZone': 'Z0123456789',
      'coi:alarmEmail': 'operator@example.org',
    },
  ],
  ['from an own IPv6 range', { 'coi:egress': 'ipv6' }],
] as const;

describe.each(deployments)('the stack %s', async (_, context) => {
  const stack = new Synthesized(await assembly(context));
  const functions = stack.ofType('AWS::Lambda::Function');
  const alarms = stack.ofType('AWS::CloudWatch::Alarm');

  it('has a queue for what failed beside every queue that is one itself', () => {
    const queues = stack.ofType('AWS::SQS::Queue');
    const deadLetters = new Set([
      ...queues.flatMap(({ properties }) => stack.idsIn(properties['RedrivePolicy'])),
      ...stack
        .ofType('AWS::Lambda::EventInvokeConfig')
        .flatMap(({ properties }) => stack.idsIn(properties['DestinationConfig'])),
    ]);
    expect(queues.length).toBeGreaterThanOrEqual(6);
    for (const { id, properties } of queues) {
      expect(deadLetters.has(id) !== (properties['RedrivePolicy'] !== undefined), id).toBe(true);
    }
  });

  it("tells its operator's commands everything that they read", () => {
    const told = JSON.stringify(stack.outputs['Admin']);
    for (const name of adminSettings) expect(told).toContain(`\\"${name}\\":`);
  });

  it('rings when anything was put aside, and when work waits', () => {
    for (const { id, properties } of stack.ofType('AWS::SQS::Queue')) {
      const metric =
        properties['RedrivePolicy'] === undefined
          ? 'ApproximateNumberOfMessagesVisible'
          : 'ApproximateAgeOfOldestMessage';
      const watching = alarms.filter(
        (alarm) =>
          alarm.properties['MetricName'] === metric &&
          stack.idsIn(alarm.properties['Dimensions']).includes(id),
      );
      expect(watching, id).toHaveLength(1);
    }
  });

  it('rings when a function fails, and keeps its log for a bounded time', () => {
    for (const { id, properties } of functions) {
      const watching = alarms.filter((alarm) => {
        const metrics = JSON.stringify(alarm.properties['Metrics'] ?? []);
        return stack.idsIn(alarm.properties['Metrics']).includes(id) && metrics.includes('"Errors"');
      });
      expect(watching, id).toHaveLength(1);
      const [log = ''] = stack.idsIn(properties['LoggingConfig']);
      expect(
        stack.resources.find((each) => each.id === log)?.properties['RetentionInDays'],
        id,
      ).toBeGreaterThan(0);
    }
    for (const { id, properties } of stack.ofType('AWS::Logs::LogGroup')) {
      expect(properties['RetentionInDays'], id).toBe(30);
    }
  });

  it('lets those functions go round that answer their own messages by new ones, and no others', () => {
    for (const { id, properties } of functions) {
      const definition = definitionOf(properties['Description']);
      const goesRound =
        'consumes' in definition && definition.sendsTo.some((queue) => queue === definition.consumes);
      expect(properties['RecursiveLoop'], id).toBe(goesRound ? 'Allow' : 'Terminate');
    }
  });

  it('says in each alarm what a user notices, and names a heading of infra/README.md', () => {
    const headings = [...readme.matchAll(/^### (.+)$/gm)].map(([, heading]) => heading);
    const named = alarms.map(({ id, properties }) => {
      const found = /^\p{Lu}.{20,}\. What to do: infra\/README\.md, "(.+)"\.$/u.exec(
        textOf(properties['AlarmDescription']),
      );
      expect(found, id).not.toBeNull();
      expect(headings, id).toContain(found?.[1]);
      expect(properties['AlarmActions'], id).toHaveLength(1);
      return found?.[1];
    });
    expect(named.length).toBeGreaterThan(20);
  });

  it('keeps what cannot be made anew: the table, the key and the VAPID secret', () => {
    const stateful = stack.resources.filter(({ type }) =>
      ['AWS::DynamoDB::Table', 'AWS::KMS::Key', 'AWS::SecretsManager::Secret'].includes(type),
    );
    expect(stateful).toHaveLength(3);
    for (const { id, deletionPolicy, updateReplacePolicy } of stateful) {
      expect([deletionPolicy, updateReplacePolicy], id).toEqual(['Retain', 'Retain']);
    }
  });

  it('makes table and queues as the code declares them', () => {
    const [table] = stack.ofType('AWS::DynamoDB::Table');
    const { AttributeDefinitions, BillingMode, KeySchema } = createTableInput('any');
    expect(table?.properties).toEqual({
      AttributeDefinitions,
      BillingMode,
      KeySchema,
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: tableDefinition.pointInTimeRecovery },
      TimeToLiveSpecification: { AttributeName: tableDefinition.timeToLiveAttribute, Enabled: true },
    });
    for (const name of queueNames) {
      const { fifo, visibilitySeconds, retentionSeconds, maxReceives } = queueDefinitions[name];
      const found = stack
        .ofType('AWS::SQS::Queue')
        .filter(
          ({ properties }) =>
            properties['VisibilityTimeout'] === visibilitySeconds &&
            properties['MessageRetentionPeriod'] === retentionSeconds &&
            (properties['FifoQueue'] ?? false) === fifo &&
            objectOf(properties['RedrivePolicy'] ?? {})['maxReceiveCount'] === maxReceives,
        );
      expect(found, name).toHaveLength(1);
    }
  });

  it('lets messages be hidden for six times what their function may take', () => {
    const mappings = stack.ofType('AWS::Lambda::EventSourceMapping');
    expect(mappings).toHaveLength(queueNames.length);
    for (const { id, properties } of mappings) {
      const [queue] = stack
        .ofType('AWS::SQS::Queue')
        .filter((each) => stack.idsIn(properties['EventSourceArn']).includes(each.id));
      const [worker] = functions.filter((each) => stack.idsIn(properties['FunctionName']).includes(each.id));
      expect(queue?.properties['VisibilityTimeout'], id).toBeGreaterThanOrEqual(
        6 * Number(worker?.properties['Timeout']),
      );
      expect(properties['FunctionResponseTypes'], id).toEqual(['ReportBatchItemFailures']);
      expect(objectOf(properties['ScalingConfig'])['MaximumConcurrency'], id).toBeGreaterThanOrEqual(2);
    }
  });

  it('gives no right wider than one thing, and none by a managed policy', () => {
    const roles = stack.ofType('AWS::IAM::Role');
    for (const { id, properties } of roles) {
      expect([properties['ManagedPolicyArns'], properties['Policies']], id).toEqual([undefined, undefined]);
    }
    const policies = stack.ofType('AWS::IAM::Policy');
    expect(policies.length).toBeGreaterThanOrEqual(7);
    for (const { id, properties } of policies) {
      for (const { effect, actions, resources } of statementsOf(properties['PolicyDocument'])) {
        for (const action of actions) expect(action, id).not.toContain('*');
        if (effect === 'Deny' || actions.every((action) => unscopable.includes(action))) continue;
        for (const resource of resources) {
          expect(JSON.stringify(resource), id).not.toContain('*');
          expect(stack.idsIn(resource).length === 1 || isOneObject(resource), id).toBe(true);
        }
      }
    }
  });

  it('lets keys be opened only for a partition or an account that is named, and made for a partition', () => {
    const named = (what: string) => ({ Null: { [`kms:EncryptionContext:${what}`]: 'false' } });
    for (const { id, properties } of stack.ofType('AWS::IAM::Policy')) {
      for (const { actions, condition } of statementsOf(properties['PolicyDocument'])) {
        if (!actions.some((action) => action.startsWith('kms:'))) continue;
        const allowed = actions.includes('kms:Decrypt') ? ['partition', 'account'] : ['partition'];
        expect(allowed.map(named), id).toContainEqual(condition);
      }
    }
  });

  it('sets the settings that a function reads, and no others', () => {
    for (const { id, properties } of functions) {
      const { settings } = definitionOf(properties['Description']);
      const set = Object.keys(objectOf(objectOf(properties['Environment'] ?? {})['Variables'] ?? {}));
      expect(set.filter((name) => !ofTheSdk.includes(name)).toSorted(), id).toEqual([...settings].toSorted());
    }
  });

  it('sets each setting to something that its function takes', () => {
    for (const { id, properties } of functions) {
      for (const [name, value] of Object.entries(
        objectOf(objectOf(properties['Environment'])['Variables']),
      )) {
        const setting = Object.values(functionSettings).find((each) => each.name === name);
        if (setting === undefined || typeof value !== 'string') continue;
        expect(setting.kind(value), `${id} ${name}`).toHaveProperty('value');
      }
    }
  });

  it('has nothing that looks like a secret in an environment variable', () => {
    const sheets = [
      ...functions.map(({ properties }) => objectOf(objectOf(properties['Environment'])['Variables'])),
      ...stack.ofType('AWS::ECS::TaskDefinition').map(environmentOf),
    ];
    for (const sheet of sheets) {
      for (const [name, value] of Object.entries(sheet)) {
        expect(name).not.toMatch(/PASSWORD|TOKEN|PRIVATE_KEY|SECRET(?!_ARN$)/);
        expect(typeof value === 'string' ? value : '').not.toMatch(
          /[A-Za-z0-9+/_-]{32,}|-----BEGIN|resolve:secretsmanager/,
        );
      }
    }
  });

  it('runs each function on arm64 and Node 24, as often and as long as it is declared', () => {
    expect(functions.length).toBeGreaterThanOrEqual(6);
    for (const { id, properties } of functions) {
      const definition = definitionOf(properties['Description']);
      expect(properties, id).toMatchObject({
        Architectures: ['arm64'],
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Timeout: definition.timeoutSeconds,
        MemorySize: definition.memoryMb,
      });
    }
  });

  it('starts the tick each minute, does not repeat it, and notices when it stops or runs away', () => {
    const [schedule, ...others] = stack.ofType('AWS::Scheduler::Schedule');
    expect(others).toEqual([]);
    expect(schedule?.properties).toMatchObject({
      ScheduleExpression: 'rate(1 minute)',
      Target: { RetryPolicy: { MaximumRetryAttempts: 0 } },
    });
    const [tick = ''] = stack.idsIn(objectOf(schedule?.properties['Target'])['Arn']);
    const watching = alarms.filter(
      ({ properties }) =>
        properties['MetricName'] === 'Invocations' && stack.idsIn(properties['Dimensions']).includes(tick),
    );
    expect(
      watching.map(({ properties: { ComparisonOperator, Threshold, TreatMissingData } }) => [
        ComparisonOperator,
        Threshold,
        TreatMissingData,
      ]),
    ).toEqual([
      ['LessThanThreshold', 1, 'breaching'],
      ['GreaterThanThreshold', 10, 'notBreaching'],
    ]);
  });

  it('notices when more than a fifth of the pushes of all push services together are refused: then it is our key', () => {
    const watching = alarms.filter(({ properties }) =>
      JSON.stringify(properties['Metrics'] ?? []).includes('share of refused pushes'),
    );
    expect(watching).toHaveLength(1);
    const [alarm] = watching;
    expect(alarm?.properties).toMatchObject({ Threshold: 20, ComparisonOperator: 'GreaterThanThreshold' });
    const metrics = JSON.stringify(alarm?.properties['Metrics']);
    for (const service of metricTable.Pushes.by.pushService) expect(metrics).toContain(`"${service}"`);
    expect(metrics).toContain('"refused"');
    expect(metrics).toContain('"PushLag"');
  });

  it('starts nothing over again on its own: what was invoked asynchronously is not repeated', () => {
    const configs = stack.ofType('AWS::Lambda::EventInvokeConfig');
    expect(configs.length).toBeGreaterThan(0);
    for (const { id, properties } of configs) {
      expect([properties['MaximumRetryAttempts'], properties['MaximumEventAgeInSeconds']], id).toEqual([
        0, 60,
      ]);
    }
  });

  it('lets the tick alone start the workers, and the schedule alone start the tick', () => {
    const starters = stack.ofType('AWS::IAM::Policy').flatMap(({ properties }) =>
      statementsOf(properties['PolicyDocument'])
        .filter(({ actions }) => actions.includes('lambda:InvokeFunction'))
        .map(({ resources }) => [properties['Roles'], resources]),
    );
    const roleOf = (resource: SynthesizedResource | undefined) => stack.idsIn(resource?.properties['Role']);
    const byName = (name: 'schedule' | 'idle') =>
      functions.find(({ properties }) => properties['Description'] === functionDefinitions[name].does);
    const [schedule] = stack.ofType('AWS::Scheduler::Schedule');
    const expected = [
      [stack.idsIn(objectOf(schedule?.properties['Target'])['RoleArn']), [byName('schedule')?.id]],
      ...(byName('idle') === undefined ? [] : [[roleOf(byName('schedule')), [byName('idle')?.id]]]),
    ];
    expect(
      starters.map(([roles, resources]) => [stack.idsIn(roles), stack.idsIn(resources)]).toSorted(),
    ).toEqual(expected.toSorted());
  });

  it('keeps executions aside for what a storm of others must not stop, and bounds the workers', () => {
    for (const { id, properties } of functions) {
      const definition = definitionOf(properties['Description']);
      const reserved = 'reservedConcurrency' in definition ? definition.reservedConcurrency : undefined;
      expect(properties['ReservedConcurrentExecutions'], id).toBe(reserved);
    }
  });

  it('hands calls to the API and all else to the client, whose function may nothing but write its log', () => {
    const byName = (name: 'api' | 'web') =>
      functions.find(({ properties }) => properties['Description'] === functionDefinitions[name].does);
    const leadsTo = new Map(
      stack
        .ofType('AWS::ApiGatewayV2::Integration')
        .map(({ id, properties }) => [id, stack.idsIn(properties['IntegrationUri'])[0]]),
    );
    const routes = stack
      .ofType('AWS::ApiGatewayV2::Route')
      .map(({ properties }) => [
        textOf(properties['RouteKey']),
        leadsTo.get(stack.idsIn(properties['Target'])[0] ?? ''),
      ]);
    expect(Object.fromEntries(routes)).toEqual({
      ...Object.fromEntries(apiPaths.map((path) => [`ANY ${path}`, byName('api')?.id])),
      $default: byName('web')?.id,
    });
    const [role = ''] = stack.idsIn(byName('web')?.properties['Role']);
    const rights = stack
      .ofType('AWS::IAM::Policy')
      .filter(({ properties }) => stack.idsIn(properties['Roles']).includes(role))
      .flatMap(({ properties }) => statementsOf(properties['PolicyDocument']));
    expect(rights.flatMap(({ actions }) => actions).toSorted()).toEqual([
      'logs:CreateLogStream',
      'logs:PutLogEvents',
    ]);
  });

  it('slows the API down before that is paid for', () => {
    const [stage] = stack.ofType('AWS::ApiGatewayV2::Stage');
    expect(objectOf(stage?.properties['DefaultRouteSettings'])).toEqual({
      ThrottlingRateLimit: 50,
      ThrottlingBurstLimit: 100,
    });
  });
});

/** AWS takes these for `*` only: they plug a function into a network, and there is no narrower form that Lambda accepts. */
const unscopable = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

/** Read by the AWS SDK and not by us: to reach AWS by IPv6. */
const ofTheSdk = ['AWS_USE_DUALSTACK_ENDPOINT'];

/** The bundle in the bucket of the deploy, which is no resource of the stack. */
function isOneObject(resource: unknown): boolean {
  return /:s3:::.*\/[0-9a-f]{64}\.mjs"\]\]\}$/.test(JSON.stringify(resource));
}

function definitionOf(description: unknown) {
  const found = [...Object.values(functionDefinitions), vapidKeyDefinition].find(
    ({ does }) => does === description,
  );
  if (found === undefined) throw new Error(`no function says of itself: ${String(description)}`);
  return found;
}

function environmentOf({ properties }: SynthesizedResource) {
  const found = JSON.stringify(properties['ContainerDefinitions']).matchAll(
    /\{"Name":"([A-Z_]+)","Value":"([^"]*)"\}/g,
  );
  return Object.fromEntries([...found].map(([, name = '', value = '']) => [name, value]));
}
