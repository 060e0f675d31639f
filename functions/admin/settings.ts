import type { FunctionSetting } from '../settings/function-settings.ts';

/** What the operator's commands are told of a deployed service; the stack's output `Admin` holds these. */
export const adminSettings = [
  'LOG_LEVEL',
  'METRICS_NAMESPACE',
  'TABLE_NAME',
  'PARTITIONS',
  'WATCH',
  'KEY_ARN',
  'RETENTION_DAYS',
  'VAPID_SECRET_ARN',
  'VAPID_SUBJECT',
  'ALLOW_PRIVATE_HOSTS',
  'POLL_QUEUE_URL',
  'PUSH_QUEUE_URL',
  'SEND_QUEUE_URL',
] as const satisfies readonly FunctionSetting[];
