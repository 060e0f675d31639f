import { functionNames } from '../functions/definitions.ts';
import {
  type Setting as CommonSetting,
  commonSettings,
  usualIspdb,
} from '../functions/settings/common-settings.ts';
import { readSetting } from '../functions/settings/read-setting.ts';
import { type Kind, oneOf, vapidSubject, wholeNumber } from '../functions/settings/setting-kinds.ts';
import { arnOf, email, hostName, optional, perFunction, plainName, stackName } from './config-kinds.ts';

type Setting<T> = { readonly kind: Kind<T>; readonly fallback: string; readonly does: string };

function define<T>(kind: Kind<T>, fallback: string, does: string): Setting<T> {
  return { kind, fallback, does };
}

/** What `npm start` is told too, read and said the same. */
function common<T>({ kind, does }: CommonSetting<string, T>, fallback: string, more = ''): Setting<T> {
  return { kind, fallback, does: does + more };
}

/** What the names of our settings begin with in the context, where the CDK keeps its own too. */
const prefix = 'coi:';

const logDays = ['1', '3', '7', '14', '30', '90', '365'];

const table = {
  admit: common(commonSettings.admit, '', '; without it nobody'),
  ispdbUrl: common(commonSettings.ispdbUrl, usualIspdb),
  maxAccounts: common(commonSettings.maxAccounts, '1000'),
  vapidSubject: define(
    optional(vapidSubject),
    '',
    "how a push service reaches you: `mailto:` or `https:`; without it the API's address",
  ),
  alarmEmail: define(optional(email), '', 'who is told of alarms; AWS asks that address to confirm'),
  watch: common(commonSettings.watch, 'auto'),
  corsOrigins: common(commonSettings.corsOrigins, ''),
  allowPrivateHosts: common(commonSettings.allowPrivateHosts, ''),
  retentionDays: common(commonSettings.retentionDays, '90'),
  logLevel: common(commonSettings.logLevel, 'info'),
  logDays: define(oneOf(logDays), '30', `how long logs are kept: ${logDays.join(', ')}`),
  domain: define(optional(hostName), '', 'own name of the API, like `push.example.org`'),
  hostedZone: define(
    optional(plainName),
    '',
    'ID of the Route 53 zone of that name: its certificate and its records are made there',
  ),
  certificate: define(
    optional(arnOf('acm')),
    '',
    'ARN of a certificate for that name, when its zone lies elsewhere; the record is then yours to make',
  ),
  egress: define(
    oneOf(['direct', 'ipv6', 'nat']),
    'direct',
    'from where mail servers are reached: changing addresses of AWS, an own IPv6 range, or one IPv4 address by a NAT gateway',
  ),
  idleHost: define(
    oneOf(['lambda', 'fargate']),
    'lambda',
    'where connections wait; `fargate` is cheaper from some 700 mailboxes in IDLE on',
  ),
  idleWorkers: define(
    wholeNumber(1, 10_000),
    '4',
    'most workers on Lambda that hold connections at the same time; one holds some 700',
  ),
  containers: define(wholeNumber(1, 2_000), '1', 'containers on Fargate; one holds some 7,000 connections'),
  pollers: define(wholeNumber(2, 1_000), '10', 'most polls at the same time'),
  holdSeconds: define(
    wholeNumber(0, 25),
    '0',
    'how long `GET /v1/changes` waits for news; with `0` clients ask each 5 s, which is far cheaper: a held second is paid for',
  ),
  callsPerSecond: define(wholeNumber(1, 10_000), '50', 'API calls per second, of all clients together'),
  oauthSecret: define(
    optional(arnOf('secretsmanager')),
    '',
    'ARN of a secret with your clients at OAuth providers, as JSON: who uses Gmail or Outlook signs in there',
  ),
  partitions: define(
    wholeNumber(1, 65_536),
    '256',
    'how many parts the accounts are spread over: one for each 400 you may come to have; never to be changed after the first deploy',
  ),
  tickShards: define(
    wholeNumber(1, 64),
    '1',
    'how many ticks share the work of each minute: one for 200,000 accounts, or for a million with `coi:memoryMb` `schedule=1769`',
  ),
  reserve: define(
    oneOf(['yes', 'no']),
    'yes',
    'whether functions get reserved concurrency; `no` while your account has a quota of fewer than 200',
  ),
  memoryMb: define(
    perFunction(functionNames, 128, 10_240),
    '',
    'memory of functions in MB where it is to differ, like `idle=1024,poll=1024`',
  ),
  timeoutSeconds: define(
    perFunction(functionNames, 1, 900),
    '',
    'time limit of functions in seconds where it is to differ, like `poll=120`',
  ),
  name: define(stackName, 'coi-push', 'name of the stack; another one makes a second, separate service'),
  table: define(
    optional(plainName),
    '',
    'name of a table to go on with, instead of a new one: after a restore',
  ),
  key: define(optional(arnOf('kms')), '', 'ARN of the key that table was sealed with'),
  vapidSecret: define(
    optional(arnOf('secretsmanager')),
    '',
    'ARN of the secret with the VAPID keys its subscriptions were made with',
  ),
};

/** How a deployment is set up. Everything has a value that works; most operators set the first three. */
export type Config = {
  readonly [Name in keyof typeof table]: (typeof table)[Name] extends Setting<infer T> ? T : never;
};

/** Every setting there is. The README's table is this one. */
export const configTable = Object.entries(table).map(([name, { fallback, does }]) => ({
  name: `${prefix}${name}`,
  fallback,
  does,
}));

export type ConfigResult =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly faults: readonly string[] };

/**
 * Reads the configuration from the context of the CDK (`-c coi:admit=example.org`, or `cdk.context.json`), and tells all
 * faults at once. A name that begins like ours and is none is a fault: it is a typing error.
 */
export function readConfig(context: Readonly<Record<string, unknown>>): ConfigResult {
  const faults = Object.keys(context)
    .filter((name) => name.startsWith(prefix) && !configTable.some((known) => known.name === name))
    .map((name) => `${name}: there is no such setting`);
  const read = <T>(key: keyof typeof table, setting: Setting<T>): T => {
    const name = `${prefix}${key}`;
    return readSetting({ ...setting, name }, textOf(context[name]), faults);
  };
  const config: Config = {
    admit: read('admit', table.admit),
    ispdbUrl: read('ispdbUrl', table.ispdbUrl),
    maxAccounts: read('maxAccounts', table.maxAccounts),
    vapidSubject: read('vapidSubject', table.vapidSubject),
    alarmEmail: read('alarmEmail', table.alarmEmail),
    watch: read('watch', table.watch),
    corsOrigins: read('corsOrigins', table.corsOrigins),
    allowPrivateHosts: read('allowPrivateHosts', table.allowPrivateHosts),
    retentionDays: read('retentionDays', table.retentionDays),
    logLevel: read('logLevel', table.logLevel),
    logDays: read('logDays', table.logDays),
    domain: read('domain', table.domain),
    hostedZone: read('hostedZone', table.hostedZone),
    certificate: read('certificate', table.certificate),
    egress: read('egress', table.egress),
    idleHost: read('idleHost', table.idleHost),
    idleWorkers: read('idleWorkers', table.idleWorkers),
    containers: read('containers', table.containers),
    pollers: read('pollers', table.pollers),
    holdSeconds: read('holdSeconds', table.holdSeconds),
    callsPerSecond: read('callsPerSecond', table.callsPerSecond),
    oauthSecret: read('oauthSecret', table.oauthSecret),
    partitions: read('partitions', table.partitions),
    tickShards: read('tickShards', table.tickShards),
    reserve: read('reserve', table.reserve),
    memoryMb: read('memoryMb', table.memoryMb),
    timeoutSeconds: read('timeoutSeconds', table.timeoutSeconds),
    name: read('name', table.name),
    table: read('table', table.table),
    key: read('key', table.key),
    vapidSecret: read('vapidSecret', table.vapidSecret),
  };
  faults.push(...contradictions(config));
  return faults.length > 0 ? { ok: false, faults } : { ok: true, config };
}

function contradictions(config: Config): string[] {
  const named = config.domain !== '';
  const proofs = [config.hostedZone, config.certificate].filter((each) => each !== '').length;
  const kept = [config.table, config.key, config.vapidSecret].filter((each) => each !== '').length;
  return [
    ...(named && proofs !== 1
      ? [`${prefix}domain: needs either ${prefix}hostedZone or ${prefix}certificate`]
      : []),
    ...(!named && proofs > 0 ? [`${prefix}domain: is missing beside its zone or certificate`] : []),
    ...(kept === 1 || kept === 2
      ? [
          `${prefix}table, key and vapidSecret: belong together; what one holds is of no use without the others`,
        ]
      : []),
    ...(config.idleHost === 'fargate' && config.egress === 'ipv6'
      ? [`${prefix}egress: containers are not started from a network without IPv4; choose direct or nat`]
      : []),
  ];
}

/** Values in `cdk.context.json` may be numbers, truth values and lists; on the command line all is text. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(',');
  if (value === undefined || value === null) return '';
  // What is of another kind is shown as it stands, and is then no value that any setting takes.
  return typeof value === 'string' ? value : JSON.stringify(value);
}
