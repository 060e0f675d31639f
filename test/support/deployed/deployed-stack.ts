import { eventually } from '../eventually.ts';
import { type EventSource, runEventSource } from './event-source.ts';
import { type Gateway, resourceAnswers, startGateway } from './gateway.ts';
import { startHttpApi } from './http-api.ts';
import { policyOf } from './iam.ts';
import { LambdaFunction } from './lambda-function.ts';
import {
  arnOf,
  type LocalAccount,
  openLocalAccount,
  physicalName,
  pseudoParameters,
} from './local-account.ts';
import { SmallServices } from './small-services.ts';
import {
  type Json,
  listOf,
  objectOf,
  type Resource,
  resolve,
  Template,
  textOf,
  type Values,
} from './template.ts';

export type DeployedStackOptions = {
  /** The cloud assembly, `cdk.out`. */
  readonly assembly: string;
  /** What every function gets besides its own environment: which CAs to trust here. */
  readonly environment: Readonly<Record<string, string>>;
  /** The program that runs the functions. */
  readonly node: string;
};

/** The stack, running here: the bundled functions on what the template makes of table, queues, triggers and rights. */
export class DeployedStack {
  readonly url: string;
  readonly gateway: Gateway;
  readonly functions: ReadonlyMap<string, LambdaFunction>;
  readonly services: SmallServices;
  readonly account: LocalAccount;
  readonly #template: Template;
  readonly #stopping: AbortController;
  readonly #running: readonly Promise<void>[];
  readonly #closeHttp: () => Promise<void>;

  static async start(options: DeployedStackOptions): Promise<DeployedStack> {
    const template = new Template(options.assembly);
    const values = valuesOf(template);
    const account = await openLocalAccount(template, values);
    const functions = new Map<string, LambdaFunction>();
    const byArn = new Map<string, LambdaFunction>();
    // An asynchronous invoke has no answer; one that fails is not repeated, as the stack wants it for these.
    const services = new SmallServices(
      (arn, event) =>
        void byArn
          .get(arn)
          ?.invoke(event)
          .catch(() => undefined),
    );
    for (const secret of template.ofType('AWS::SecretsManager::Secret')) {
      services.secrets.set(textOf(values.ref(secret.id)), undefined);
    }
    const lambdas = template.ofType('AWS::Lambda::Function');
    const tasks = template.ofType('AWS::ECS::TaskDefinition');
    const callers = new Map(
      [...lambdas, ...tasks].map(({ id, properties }) => {
        const role = attributeTarget(properties['Role'] ?? properties['TaskRoleArn']);
        return [accessKeyOf(id), { name: id, policy: policyOf(template, role, values) }];
      }),
    );
    const [key] = template.ofType('AWS::KMS::Key');
    const gateway = await startGateway({
      ...{ dynamo: account.dynamo, sqs: account.sqs, small: services, callers },
      queueUrls: account.queueUrls,
      arns: {
        table: (name) => arnOf('dynamodb', `table/${name}`),
        queue: (name) => arnOf('sqs', name),
        fn: (name) => arnOf('lambda', `function:${name}`),
        key: key === undefined ? '' : textOf(values.attribute(key.id, 'Arn')),
      },
    });
    const atGateway = valuesOf(template, gateway.url);
    for (const lambda of lambdas) {
      const made = new LambdaFunction({
        name: physicalName(lambda),
        arn: textOf(values.attribute(lambda.id, 'Arn')),
        code: template.assetOf(lambda),
        handler: textOf(lambda.properties['Handler']),
        environment: {
          ...environmentOf(lambda, atGateway),
          ...options.environment,
          AWS_REGION: pseudoParameters['AWS::Region'] ?? '',
          AWS_ACCESS_KEY_ID: accessKeyOf(lambda.id),
          AWS_SECRET_ACCESS_KEY: 'secret',
          AWS_ENDPOINT_URL: gateway.url,
        },
        timeoutMs: Number(lambda.properties['Timeout'] ?? 3) * 1000,
        memoryMb: Number(lambda.properties['MemorySize'] ?? 128),
        concurrency: Number(lambda.properties['ReservedConcurrentExecutions'] ?? 20),
        node: options.node,
      });
      functions.set(lambda.id, made);
      byArn.set(made.options.arn, made);
    }
    await makeCustomResources(template, values, { byArn, gateway });
    const stopping = new AbortController();
    const running = template.ofType('AWS::Lambda::EventSourceMapping').map((mapping) => {
      const fn = functions.get(attributeTarget(mapping.properties['FunctionName']));
      if (fn === undefined) throw new Error(`no function for ${mapping.id}`);
      return runEventSource(account.sqsClient, sourceOf(mapping, values, account), fn, stopping.signal);
    });
    const http = await startHttpApi(routesOf(template, functions, values));
    return new DeployedStack({ template, gateway, functions, services, account, stopping, running, http });
  }

  private constructor(parts: {
    template: Template;
    gateway: Gateway;
    functions: ReadonlyMap<string, LambdaFunction>;
    services: SmallServices;
    account: LocalAccount;
    stopping: AbortController;
    running: readonly Promise<void>[];
    http: { url: string; close(): Promise<void> };
  }) {
    this.url = parts.http.url;
    this.gateway = parts.gateway;
    this.functions = parts.functions;
    this.services = parts.services;
    this.account = parts.account;
    this.#template = parts.template;
    this.#stopping = parts.stopping;
    this.#running = parts.running;
    this.#closeHttp = parts.http.close;
  }

  /** What the scheduler does each minute. */
  async tick(): Promise<void> {
    const values = valuesOf(this.#template);
    for (const { properties } of this.#template.ofType('AWS::Scheduler::Schedule')) {
      const target = objectOf(properties['Target']);
      const arn = resolve(target['Arn'], values);
      const fn = [...this.functions.values()].find(({ options }) => options.arn === arn);
      if (fn === undefined) throw new Error('a schedule of no function');
      await fn.invoke(typeof target['Input'] === 'string' ? JSON.parse(target['Input']) : {});
    }
  }

  /** Ticks as the scheduler does, in minutes of ten seconds, until there is something. */
  async tickUntil<T>(what: string, look: () => Promise<T | undefined> | T | undefined): Promise<T> {
    let tickedAt = Number.NEGATIVE_INFINITY;
    return eventually(what, async () => {
      if (performance.now() - tickedAt >= 10_000) {
        tickedAt = performance.now();
        await this.tick();
      }
      return look();
    });
  }

  /** The container that stays: what it is told, and what it runs. */
  container(): { readonly environment: Readonly<Record<string, string>>; readonly code: string } {
    const [task] = this.#template.ofType('AWS::ECS::TaskDefinition');
    if (task === undefined) throw new Error('no container in the stack');
    const [fetch, node] = listOf(task.properties['ContainerDefinitions']).map(objectOf);
    const values = valuesOf(this.#template, this.gateway.url);
    const variables = listOf(node?.['Environment']).map((each) => {
      const { Name, Value } = objectOf(each);
      return [textOf(Name), textOf(resolve(Value, values))] as const;
    });
    // `aws s3 cp <what the deploy uploaded> <where Node finds it>`
    const [, , , uploaded] = listOf(fetch?.['Command']).map((word) => textOf(resolve(word, values)));
    return {
      environment: { ...Object.fromEntries(variables), ...this.#atGateway(task.id) },
      code: this.#template.fileOf(uploaded ?? ''),
    };
  }

  /** Where AWS is for code of this stack, and who it is to it. */
  #atGateway(id: string): Record<string, string> {
    return {
      AWS_REGION: pseudoParameters['AWS::Region'] ?? '',
      AWS_ACCESS_KEY_ID: accessKeyOf(id),
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_ENDPOINT_URL: this.gateway.url,
    };
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#closeHttp();
    await Promise.all([...this.functions.values()].map((fn) => fn.stop()));
    await Promise.all(this.#running);
    await this.gateway.close();
    await this.account.stop();
  }
}

/** @param endpoint where queues are found; without one, queues have no URL */
function valuesOf(template: Template, endpoint = 'http://queues.invalid'): Values {
  const found = (id: string) => template.resources.find((resource) => resource.id === id);
  return {
    ref(id) {
      const resource = found(id);
      if (resource === undefined) return pseudoParameters[id];
      const name = physicalName(resource);
      switch (resource.type) {
        case 'AWS::SQS::Queue':
          return `${endpoint}/123456789012/${name}`;
        case 'AWS::SecretsManager::Secret':
          return arnOf('secretsmanager', `secret:${id}`);
        case 'AWS::KMS::Key':
          return id;
        default:
          return name;
      }
    },
    attribute(id, attribute) {
      const resource = found(id);
      if (resource === undefined) return undefined;
      const name = physicalName(resource);
      if (attribute !== 'Arn') {
        return attribute === 'ApiEndpoint'
          ? 'https://api.invalid'
          : attribute === 'QueueName'
            ? name
            : undefined;
      }
      return arnOfResource(resource, name);
    },
  };
}

function arnOfResource({ type, id }: Resource, name: string): string | undefined {
  switch (type) {
    case 'AWS::DynamoDB::Table':
    case 'AWS::DynamoDB::GlobalTable':
      return arnOf('dynamodb', `table/${name}`);
    case 'AWS::SQS::Queue':
      return arnOf('sqs', name);
    case 'AWS::Lambda::Function':
      return arnOf('lambda', `function:${name}`);
    case 'AWS::KMS::Key':
      return arnOf('kms', `key/${id}`);
    case 'AWS::Logs::LogGroup':
      return arnOf('logs', `log-group:${id}:*`);
    default:
      return arnOf('other', `${type}/${id}`);
  }
}

/** The resource that a `Ref` or `Fn::GetAtt` names. */
function attributeTarget(value: Json | undefined): string {
  const object = objectOf(value);
  return 'Ref' in object ? textOf(object['Ref']) : textOf(listOf(object['Fn::GetAtt'])[0]);
}

function accessKeyOf(functionId: string): string {
  return `AKIA${functionId.toUpperCase()}`;
}

function environmentOf({ properties }: Resource, values: Values): Record<string, string> {
  const variables = objectOf(objectOf(properties['Environment'] ?? {})['Variables'] ?? {});
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, textOf(resolve(value, values))]),
  );
}

/** What CloudFormation asks of the code behind a custom resource at the first deploy. */
async function makeCustomResources(
  template: Template,
  values: Values,
  { byArn, gateway }: { byArn: ReadonlyMap<string, LambdaFunction>; gateway: Gateway },
): Promise<void> {
  for (const resource of template.resources) {
    const { ServiceToken, ...properties } = resource.properties;
    if (ServiceToken === undefined) continue;
    const maker = byArn.get(textOf(resolve(ServiceToken, values)));
    await maker?.invoke({
      RequestType: 'Create',
      ResponseURL: gateway.url + resourceAnswers,
      StackId: pseudoParameters['AWS::StackId'],
      RequestId: resource.id,
      LogicalResourceId: resource.id,
      ResourceType: resource.type,
      ResourceProperties: resolve(properties, values),
    });
  }
}

function sourceOf({ properties }: Resource, values: Values, account: LocalAccount): EventSource {
  const queueArn = textOf(resolve(properties['EventSourceArn'], values));
  const name = queueArn.split(':').at(-1) ?? '';
  const scaling = objectOf(properties['ScalingConfig'] ?? {});
  return {
    queueArn,
    queueUrl: account.queueUrls.get(name) ?? '',
    batchSize: Number(properties['BatchSize'] ?? 10),
    concurrency: Math.min(2, Number(scaling['MaximumConcurrency'] ?? 2)),
    reportsFailures: listOf(properties['FunctionResponseTypes'] ?? []).includes('ReportBatchItemFailures'),
  };
}

/** Which function a path of the HTTP API leads to: the exact route, the longest that goes on, or else the default one. */
function routesOf(
  template: Template,
  functions: ReadonlyMap<string, LambdaFunction>,
  values: Values,
): (path: string) => LambdaFunction {
  const integrations = new Map<string, LambdaFunction | undefined>(
    template.ofType('AWS::ApiGatewayV2::Integration').map((integration) => {
      const fn = functions.get(attributeTarget(integration.properties['IntegrationUri']));
      return [`integrations/${textOf(values.ref(integration.id))}`, fn] as const;
    }),
  );
  const routes = template.ofType('AWS::ApiGatewayV2::Route').map(({ properties }) => ({
    path: textOf(properties['RouteKey']).replace(/^ANY /, ''),
    fn: integrations.get(textOf(resolve(properties['Target'], values))),
  }));
  const goesOn = ({ path }: { path: string }) => path.endsWith('{proxy+}');
  const ordered = routes.toSorted(
    (a, b) => Number(goesOn(a)) - Number(goesOn(b)) || b.path.length - a.path.length,
  );
  return (path) => {
    const found =
      ordered.find((each) =>
        goesOn(each) ? path.startsWith(each.path.replace('{proxy+}', '')) : path === each.path,
      ) ?? routes.find((each) => each.path === '$default');
    if (found?.fn === undefined) throw new Error('an HTTP API that leads nowhere');
    return found.fn;
  };
}
