import { isIP } from 'node:net';
import { resolve } from 'node:path';
import type { LogLevel } from '../../shared/logging/pino-log.ts';
import { isRange } from '../../shared/net/address-rules.ts';
import { vapidSubjectProblem } from '../../shared/push/vapid-subject.ts';
import type { WatchSetting } from '../../shared/store/items.ts';

/** How the single process is set up. */
export type Settings = {
  readonly port: number;
  readonly host: string;
  readonly dataDir: string;
  /** Where clients reach the API, without a slash at the end. */
  readonly publicUrl: string;
  readonly vapidSubject: string;
  readonly admit: string;
  readonly allowPrivateHosts: readonly string[];
  readonly watch: WatchSetting;
  readonly logLevel: LogLevel;
  readonly corsOrigins: readonly string[];
  readonly retentionDays: number;
};

/** Every setting there is: its name, what it is without one, and what it does. The README's table is this one. */
export const settingTable = [
  { name: 'PORT', fallback: '8787', does: 'port of the API; `0` takes a free one' },
  {
    name: 'HOST',
    fallback: '127.0.0.1',
    does: 'address the API listens on; loopback alone unless you say otherwise',
  },
  {
    name: 'DATA_DIR',
    fallback: '.data',
    does: 'folder with the database and the keys; back it up as a whole',
  },
  { name: 'PUBLIC_URL', fallback: 'http://localhost:PORT', does: 'where clients reach the API' },
  {
    name: 'VAPID_SUBJECT',
    fallback: 'PUBLIC_URL if https, else mailto:operator@example.org',
    does: 'how a push service reaches you: `mailto:` or `https:`',
  },
  {
    name: 'ADMIT',
    fallback: '* on loopback, else nobody',
    does: 'who may sign in: comma list of domains or addresses, `*` for everybody',
  },
  {
    name: 'ALLOW_PRIVATE_HOSTS',
    fallback: '',
    does: 'comma list of CIDRs that mail servers and push endpoints may have although they are not public',
  },
  {
    name: 'WATCH',
    fallback: 'auto',
    does: '`idle` holds a connection per mailbox, `poll` looks each minute or less, `auto` leaves it to the account',
  },
  { name: 'LOG_LEVEL', fallback: 'info', does: '`debug`, `info`, `warn` or `error`' },
  { name: 'CORS_ORIGINS', fallback: '', does: 'comma list of web origins that may call the API' },
  { name: 'RETENTION_DAYS', fallback: '90', does: 'how long message metadata is kept' },
] as const satisfies readonly { name: string; fallback: string; does: string }[];

export type SettingName = (typeof settingTable)[number]['name'];

export type SettingsResult =
  | { readonly ok: true; readonly settings: Settings }
  | { readonly ok: false; readonly faults: readonly string[] };

/** Reads all settings and tells all faults at once. An empty value counts as none. */
export function readSettings(env: Readonly<Record<string, string | undefined>>): SettingsResult {
  const faults: string[] = [];
  const given = (name: SettingName) => env[name]?.trim() || undefined;
  const check = <T>(name: SettingName, value: T | undefined, wants: string, fallback: T): T => {
    if (value !== undefined) return value;
    faults.push(`${name}: ${wants}, not "${given(name)}"`);
    return fallback;
  };
  const whole = (name: SettingName, fallback: number, least: number, most: number) => {
    const text = given(name);
    if (text === undefined) return fallback;
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    return check(
      name,
      value >= least && value <= most ? value : undefined,
      `a whole number from ${least} to ${most}`,
      fallback,
    );
  };
  const oneOf = <T extends string>(name: SettingName, allowed: readonly T[], fallback: T): T => {
    const text = given(name);
    if (text === undefined) return fallback;
    return check(
      name,
      allowed.find((value) => value === text),
      `one of ${allowed.join(', ')}`,
      fallback,
    );
  };
  const list = (name: SettingName, isEntry: (entry: string) => boolean, wants: string): string[] => {
    const entries = (given(name) ?? '')
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== '');
    return check(name, entries.every(isEntry) ? entries : undefined, wants, []);
  };

  const port = whole('PORT', 8787, 0, 65_535);
  const host = given('HOST') ?? '127.0.0.1';
  if (isIP(host) === 0 && host !== 'localhost')
    faults.push(`HOST: an IP address to listen on, not "${host}"`);
  const publicUrl = (given('PUBLIC_URL') ?? `http://localhost:${port}`).replace(/\/+$/, '');
  if (!isOrigin(publicUrl))
    faults.push(`PUBLIC_URL: an address like https://push.example.org, not "${publicUrl}"`);
  const vapidSubject =
    given('VAPID_SUBJECT') ?? (publicUrl.startsWith('https:') ? publicUrl : 'mailto:operator@example.org');
  const subjectProblem = vapidSubjectProblem(vapidSubject);
  if (subjectProblem !== undefined) faults.push(`VAPID_SUBJECT: ${subjectProblem}`);
  const settings: Settings = {
    port,
    host,
    dataDir: resolve(given('DATA_DIR') ?? '.data'),
    publicUrl,
    vapidSubject,
    admit: given('ADMIT') ?? (isLoopback(host) ? '*' : ''),
    allowPrivateHosts: list('ALLOW_PRIVATE_HOSTS', isRange, 'a comma list of ranges like 192.168.0.0/16'),
    watch: oneOf('WATCH', ['auto', 'idle', 'poll'], 'auto'),
    logLevel: oneOf('LOG_LEVEL', ['debug', 'info', 'warn', 'error'], 'info'),
    corsOrigins: list('CORS_ORIGINS', isOrigin, 'a comma list of origins like https://chat.example.org'),
    retentionDays: whole('RETENTION_DAYS', 90, 1, 3_650),
  };
  return faults.length > 0 ? { ok: false, faults } : { ok: true, settings };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}

function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return /^https?:$/.test(url.protocol) && url.username === '' && url.search === '' && url.hash === '';
}
