import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { adminSettings } from '../functions/admin/settings.ts';
import { Alarms } from './alarms.ts';
import { Api } from './api.ts';
import type { Bundle } from './bundle.ts';
import type { Config } from './config.ts';
import { dashboard } from './dashboard.ts';
import { allow, type DeployedCode } from './deployed-code.ts';
import { Idle } from './idle.ts';
import { IdleContainer } from './idle-container.ts';
import { Network } from './network.ts';
import { Poll } from './poll.ts';
import { Push } from './push.ts';
import { Schedule } from './schedule.ts';
import { Send } from './send.ts';
import { ServiceMetrics } from './service-metrics.ts';
import { State } from './state.ts';
import type { Surroundings } from './surroundings.ts';
import { Vapid } from './vapid.ts';
import { Web } from './web.ts';

/** The whole service: what is kept, one construct for each thing it does, and who may use what of it. */
export class CoiPushStack extends Stack {
  constructor(
    scope: Construct,
    { config, weighed }: { readonly config: Config; readonly weighed: (bundle: Bundle) => void },
  ) {
    super(scope, config.name, { description: 'coi-push: chat over the mailbox you already have' });
    const around: Surroundings = {
      config,
      weighed,
      alarms: new Alarms(this, 'Alarms', { email: config.alarmEmail }),
      metrics: new ServiceMetrics(config.name),
      network:
        config.egress === 'direct' && config.idleHost === 'lambda'
          ? undefined
          : new Network(this, 'Network', config.egress),
    };
    const state = new State(this, around);
    const vapid = new Vapid(this, around);
    const web = new Web(this, around);
    const api = new Api(this, around, web);
    const poll = new Poll(this, around);
    const push = new Push(this, around);
    const send = new Send(this, around);
    const idle =
      around.network === undefined || config.idleHost === 'lambda'
        ? new Idle(this, around)
        : new IdleContainer(this, around, around.network);
    const schedule = new Schedule(this, around);
    const values = {
      PARTITIONS: String(config.partitions),
      METRICS_NAMESPACE: around.metrics.namespace,
      LOG_LEVEL: config.logLevel,
      WATCH: config.watch,
      RETENTION_DAYS: String(config.retentionDays),
      HOLD_SECONDS: String(config.holdSeconds),
      ADMIT: config.admit,
      ISPDB_URL: config.ispdbUrl,
      MAX_ACCOUNTS: String(config.maxAccounts),
      ALLOW_PRIVATE_HOSTS: config.allowPrivateHosts.join(','),
      CORS_ORIGINS: config.corsOrigins.join(','),
      PUBLIC_URL: api.url,
      VAPID_SUBJECT: config.vapidSubject === '' ? api.url : config.vapidSubject,
    };
    for (const { definition, code } of [schedule, poll, idle, push, send, api, web]) {
      const deployed: DeployedCode = { definition, role: code.role, settings: code.settings };
      deployed.settings.setDeclared(values);
      state.allowTable(deployed);
      state.allowKey(deployed);
      vapid.allowReading(deployed);
      allowOauth(deployed, config.oauthSecret);
      for (const { work } of [poll, push, send]) work.allowSending(deployed);
      if (idle instanceof Idle)
        idle.allowStarting(deployed, config.watch === 'poll' ? 0 : config.idleWorkers);
      else deployed.settings.setDeclared({ IDLE_FUNCTION_NAME: '', IDLE_WORKERS: '0' });
    }
    dashboard(this, {
      around,
      api,
      functions: {
        schedule: schedule.code,
        poll: poll.code,
        ...(idle instanceof Idle ? { idle: idle.code } : {}),
        push: push.code,
        send: send.code,
        api: api.code,
        web: web.code,
      },
      queues: { poll: poll.work, push: push.work, send: send.work },
    });
    new CfnOutput(this, 'Url', { value: api.url, description: 'where clients reach the API' });
    new CfnOutput(this, 'Admitted', {
      value: config.admit === '' ? 'nobody: set coi:admit' : config.admit,
      description: 'who may sign in',
    });
    new CfnOutput(this, 'TableName', { value: state.tableName });
    new CfnOutput(this, 'KeyArn', { value: state.keyArn });
    new CfnOutput(this, 'VapidSecretArn', { value: vapid.secretArn });
    const known: Readonly<Record<string, string>> = {
      ...values,
      TABLE_NAME: state.tableName,
      KEY_ARN: state.keyArn,
      VAPID_SECRET_ARN: vapid.secretArn,
      POLL_QUEUE_URL: poll.work.queue.queueUrl,
      PUSH_QUEUE_URL: push.work.queue.queueUrl,
      SEND_QUEUE_URL: send.work.queue.queueUrl,
    };
    new CfnOutput(this, 'Admin', {
      value: this.toJsonString(Object.fromEntries(adminSettings.map((name) => [name, known[name] ?? '']))),
      description: "what the operator's commands read of this stack; nothing of it is secret",
    });
  }
}

/** The operator's own secret: who logs in to mailboxes by tokens, renews them. */
function allowOauth({ definition, role, settings }: DeployedCode, secretArn: string): void {
  settings.setDeclared({ OAUTH_SECRET_ARN: secretArn });
  if (secretArn !== '' && definition.settings.includes('OAUTH_SECRET_ARN'))
    allow(role, ['secretsmanager:GetSecretValue'], secretArn);
}
