import type { LogLevel } from '../../shared/logging/pino-log.ts';
import type { WatchSetting } from '../../shared/store/items.ts';
import {
  admissionList,
  type Kind,
  oneOf,
  originList,
  rangeList,
  vapidSubject,
  webAddress,
  webAddressOrNone,
  wholeNumber,
} from './setting-kinds.ts';

/** One environment variable: its name, how its text is read, and what it is for. */
export type Setting<Name extends string, T> = {
  readonly name: Name;
  readonly kind: Kind<T>;
  readonly does: string;
};

export function setting<const Name extends string, T>(
  name: Name,
  kind: Kind<T>,
  does: string,
): Setting<Name, T> {
  return { name, kind, does };
}

const watchModes: readonly WatchSetting[] = ['auto', 'idle', 'poll'];
const logLevels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/** Thunderbird's, which is kept by its community. */
export const usualIspdb = 'https://autoconfig.thunderbird.net/v1.1';

/** What the single process and the deployed functions are both told: the same names, the same texts. */
export const commonSettings = {
  publicUrl: setting('PUBLIC_URL', webAddress, 'where clients reach the API'),
  vapidSubject: setting(
    'VAPID_SUBJECT',
    vapidSubject,
    'how a push service reaches you: `mailto:` or `https:`',
  ),
  admit: setting(
    'ADMIT',
    admissionList,
    'who may sign in: comma list of domains or addresses, `*` for everybody',
  ),
  ispdbUrl: setting(
    'ISPDB_URL',
    webAddressOrNone,
    'database of mail settings that is asked about domains of new users; `none` for none',
  ),
  maxAccounts: setting(
    'MAX_ACCOUNTS',
    wholeNumber(0, 100_000_000),
    'how many accounts this service may have',
  ),
  allowPrivateHosts: setting(
    'ALLOW_PRIVATE_HOSTS',
    rangeList,
    'comma list of CIDRs that mail servers and push endpoints may have although they are not public',
  ),
  watch: setting(
    'WATCH',
    oneOf(watchModes),
    '`idle` holds a connection per mailbox, `poll` looks at intervals, `auto` leaves it to the account',
  ),
  logLevel: setting('LOG_LEVEL', oneOf(logLevels), '`debug`, `info`, `warn` or `error`'),
  corsOrigins: setting('CORS_ORIGINS', originList, 'comma list of web origins that may call the API'),
  retentionDays: setting('RETENTION_DAYS', wholeNumber(1, 3_650), 'how long message metadata is kept'),
} as const;
