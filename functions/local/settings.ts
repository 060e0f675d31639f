import { resolve } from 'node:path';
import type { LogLevel } from '../../shared/logging/pino-log.ts';
import { vapidSubjectProblem } from '../../shared/push/vapid-subject.ts';
import type { WatchSetting } from '../../shared/store/items.ts';
import { type Setting as CommonSetting, commonSettings, usualIspdb } from '../settings/common-settings.ts';
import { readSetting } from '../settings/read-setting.ts';
import { anyText, type Kind, listenAddress, rangeList, wholeNumber } from '../settings/setting-kinds.ts';

/** How the single process is set up. */
export type Settings = {
  readonly port: number;
  readonly host: string;
  readonly dataDir: string;
  /** Where clients reach the API, without a slash at the end. */
  readonly publicUrl: string;
  readonly vapidSubject: string;
  readonly admit: string;
  readonly maxAccounts: number;
  readonly ispdbUrl: string;
  readonly allowPrivateHosts: readonly string[];
  readonly watch: WatchSetting;
  readonly logLevel: LogLevel;
  readonly corsOrigins: readonly string[];
  readonly retentionDays: number;
  /** Whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
};

type Setting<T> = {
  readonly name: string;
  readonly kind: Kind<T>;
  /** Its text when it is not given; in words where that follows from other settings. */
  readonly fallback: string;
  readonly does: string;
};

function define<T>(name: string, kind: Kind<T>, fallback: string, does: string): Setting<T> {
  return { name, kind, fallback, does };
}

/** What the deployed functions are told too, with what it is here without being told. */
function common<T>({ name, kind, does }: CommonSetting<string, T>, fallback: string): Setting<T> {
  return { name, kind, fallback, does };
}

const table = {
  port: define('PORT', wholeNumber(0, 65_535), '8787', 'port of the API; `0` takes a free one'),
  host: define(
    'HOST',
    listenAddress,
    '127.0.0.1',
    'address the API listens on; loopback alone unless you say otherwise',
  ),
  dataDir: define(
    'DATA_DIR',
    anyText,
    '.data',
    'folder with the database and the keys; back it up as a whole',
  ),
  publicUrl: common(commonSettings.publicUrl, 'http://localhost:PORT'),
  vapidSubject: common(
    commonSettings.vapidSubject,
    'PUBLIC_URL if https and public, else mailto:operator@example.org',
  ),
  admit: common(commonSettings.admit, '* on loopback, else nobody'),
  maxAccounts: common(commonSettings.maxAccounts, '1000'),
  ispdbUrl: common(commonSettings.ispdbUrl, usualIspdb),
  allowPrivateHosts: common(commonSettings.allowPrivateHosts, ''),
  watch: common(commonSettings.watch, 'auto'),
  logLevel: common(commonSettings.logLevel, 'info'),
  corsOrigins: common(commonSettings.corsOrigins, ''),
  retentionDays: common(commonSettings.retentionDays, '90'),
  trustedProxies: define(
    'TRUSTED_PROXIES',
    rangeList,
    '',
    'comma list of CIDRs of your own reverse proxies; only what they say of a client (X-Forwarded-For) is believed',
  ),
};

/** Every setting there is: its name, what it is without one, and what it does. The README's table is this one. */
export const settingTable = Object.values(table).map(({ name, fallback, does }) => ({
  name,
  fallback,
  does,
}));

export type SettingsResult =
  | { readonly ok: true; readonly settings: Settings }
  | { readonly ok: false; readonly faults: readonly string[] };

/** Reads all settings and tells all faults at once. An empty value counts as none. */
export function readSettings(env: Readonly<Record<string, string | undefined>>): SettingsResult {
  const faults: string[] = [];
  /** What follows from other settings is given as `fallback`. */
  const read = <T>(setting: Setting<T>, fallback = setting.fallback): T =>
    readSetting({ ...setting, fallback }, env[setting.name] ?? '', faults);

  const port = read(table.port);
  const host = read(table.host);
  const publicUrl = read(table.publicUrl, `http://localhost:${port}`);
  const settings: Settings = {
    port,
    host,
    dataDir: resolve(read(table.dataDir)),
    publicUrl,
    vapidSubject: read(
      table.vapidSubject,
      vapidSubjectProblem(publicUrl) === undefined ? publicUrl : 'mailto:operator@example.org',
    ),
    admit: read(table.admit, isLoopback(host) ? '*' : ''),
    maxAccounts: read(table.maxAccounts),
    ispdbUrl: read(table.ispdbUrl),
    allowPrivateHosts: read(table.allowPrivateHosts),
    watch: read(table.watch),
    logLevel: read(table.logLevel),
    corsOrigins: read(table.corsOrigins),
    retentionDays: read(table.retentionDays),
    trustedProxies: read(table.trustedProxies),
  };
  return faults.length > 0 ? { ok: false, faults } : { ok: true, settings };
}

/** Whether only this machine can reach what listens there. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}
