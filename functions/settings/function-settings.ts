import { commonSettings, type Setting, setting } from './common-settings.ts';
import { anyText, nameGiven, wholeNumber } from './setting-kinds.ts';

/**
 * Everything that the deployed functions are told, each as one environment variable. None of it is secret: keys are named,
 * never given. Which function reads which of them is said in definitions.ts.
 */
export const functionSettings = {
  ...commonSettings,
  tableName: setting('TABLE_NAME', nameGiven, 'the table'),
  partitions: setting(
    'PARTITIONS',
    wholeNumber(1, 65_536),
    'how many partitions the watched accounts are spread over; never changed, because accounts are found by it',
  ),
  pollQueueUrl: setting('POLL_QUEUE_URL', nameGiven, 'the queue of accounts to look after'),
  pushQueueUrl: setting('PUSH_QUEUE_URL', nameGiven, 'the queue of deferred pushes'),
  sendQueueUrl: setting('SEND_QUEUE_URL', nameGiven, 'the queue of mails to send'),
  keyArn: setting('KEY_ARN', nameGiven, 'the KMS key that wraps the data keys of the accounts'),
  vapidSecretArn: setting('VAPID_SECRET_ARN', nameGiven, 'the secret with the VAPID key pair'),
  oauthSecretArn: setting(
    'OAUTH_SECRET_ARN',
    anyText,
    'the secret with the clients at OAuth providers; empty for none',
  ),
  idleFunctionName: setting(
    'IDLE_FUNCTION_NAME',
    anyText,
    'the function that holds connections; empty when workers of another host do',
  ),
  idleWorkers: setting(
    'IDLE_WORKERS',
    wholeNumber(0, 10_000),
    'most workers that hold connections at the same time, those not counted that hand over',
  ),
  holdSeconds: setting(
    'HOLD_SECONDS',
    wholeNumber(0, 25),
    'how long a request for changes may be held until there is one',
  ),
  metricsNamespace: setting('METRICS_NAMESPACE', nameGiven, 'what the metrics are filed under'),
} as const;

export type FunctionSetting = (typeof functionSettings)[keyof typeof functionSettings]['name'];

/**
 * Reads a function's settings, and only those that it is declared to read: what a handler needs cannot go missing in the
 * stack, because the stack sets what is declared.
 *
 * @throws Error that names all settings which are not right, when the reader is made
 */
export function settingReader(
  declared: readonly FunctionSetting[],
  env: Readonly<Record<string, string | undefined>>,
): <T>(wanted: Setting<FunctionSetting, T>) => T {
  const faults = Object.values(functionSettings)
    .filter(({ name }) => declared.includes(name))
    .flatMap(({ name, kind }) => {
      const parsed = kind(env[name]?.trim() ?? '');
      return 'wants' in parsed ? [`${name} ${parsed.wants}`] : [];
    });
  if (faults.length > 0) throw new Error(`These settings are not right: ${faults.join('; ')}`);
  return ({ name, kind }) => {
    if (!declared.includes(name)) throw new Error(`this function is not declared to read ${name}`);
    const parsed = kind(env[name]?.trim() ?? '');
    if ('value' in parsed) return parsed.value;
    throw new Error(`${name} ${parsed.wants}`);
  };
}
