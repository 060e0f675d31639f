import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { HttpApi, HttpMethod, IpAddressType, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { functionDefinitions } from '../functions/definitions.ts';
import { apiPaths } from '../functions/web/site.ts';
import { everyFiveMinutes } from './alarms.ts';
import { ownDomain } from './own-domain.ts';
import { ServiceFunction } from './service-function.ts';
import type { Surroundings } from './surroundings.ts';
import type { Web } from './web.ts';

/** What clients talk to: an HTTP API that hands calls to one function and files to another, slowed down before that is paid for. */
export class Api extends Construct {
  readonly definition = functionDefinitions.api;
  readonly code: ServiceFunction;
  readonly httpApi: HttpApi;
  /** Where clients reach it, without a slash at the end. */
  readonly url: string;

  constructor(scope: Construct, around: Surroundings, web: Web) {
    super(scope, 'Api');
    const { config } = around;
    this.code = new ServiceFunction(this, 'Code', around, {
      name: 'api',
      definition: this.definition,
      impact: 'Some requests of apps fail: signing in, opening conversations, or sending.',
      reachesMailServers: true,
    });
    this.httpApi = new HttpApi(this, 'HttpApi', {
      createDefaultStage: false,
      disableExecuteApiEndpoint: config.domain !== '',
      ipAddressType: IpAddressType.DUAL_STACK,
      defaultIntegration: new HttpLambdaIntegration('ToWeb', web.code.lambda),
    });
    // The code answers for CORS, unknown paths and missing tokens, the same here as on one machine.
    const integration = new HttpLambdaIntegration('ToFunction', this.code.lambda);
    for (const path of apiPaths) this.httpApi.addRoutes({ path, methods: [HttpMethod.ANY], integration });
    this.#addStage(around);
    Validations.of(this.httpApi).acknowledge({
      id: 'AwsSolutions-APIG4',
      reason: 'The function checks the tokens of its own sessions, and signing in has none yet.',
    });
    this.url = config.domain === '' ? this.httpApi.apiEndpoint : `https://${config.domain}`;
    around.alarms.add(this, 'ServerErrors', {
      runbook: 'The API answers with errors',
      impact: 'Some requests of apps fail, and users are told to try again.',
      metric: this.httpApi.metricServerError(everyFiveMinutes),
      above: 5,
      periods: 2,
    });
  }

  #addStage({ config }: Surroundings): void {
    const log = new LogGroup(this, 'AccessLog', {
      retention: Number(config.logDays),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const stage = this.httpApi.addStage('Stage', {
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: config.callsPerSecond, burstLimit: 2 * config.callsPerSecond },
      accessLogSettings: { destination: new LogGroupLogDestination(log), format: accessLogFormat },
    });
    if (config.domain !== '') ownDomain(this, { api: this.httpApi, stage, config });
  }
}

/** Neither who called nor what for: addresses, paths and tokens stay out of logs. */
const accessLogFormat = AccessLogFormat.custom(
  JSON.stringify({
    requestId: '$context.requestId',
    at: '$context.requestTime',
    method: '$context.httpMethod',
    status: '$context.status',
    bytes: '$context.responseLength',
    latencyMs: '$context.responseLatency',
    error: '$context.integrationErrorMessage',
  }),
);
