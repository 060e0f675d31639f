import { describe, expect, it } from 'vitest';
import { readSettings, settingTable } from '../../../functions/local/settings.ts';

function settingsOf(env: Record<string, string>) {
  const read = readSettings(env);
  if (!read.ok) throw new Error(read.faults.join('\n'));
  return read.settings;
}

function faultsOf(env: Record<string, string>) {
  const read = readSettings(env);
  return read.ok ? [] : read.faults;
}

describe('settings', () => {
  it('are safe without any: loopback, everybody who reaches it, no private hosts', () => {
    expect(settingsOf({})).toMatchObject({
      port: 8787,
      host: '127.0.0.1',
      publicUrl: 'http://localhost:8787',
      admit: '*',
      allowPrivateHosts: [],
      corsOrigins: [],
      watch: 'auto',
      logLevel: 'info',
      retentionDays: 90,
    });
  });

  it('admit nobody by themselves once others can reach the service', () => {
    expect(settingsOf({ HOST: '0.0.0.0' }).admit).toBe('');
    expect(settingsOf({ HOST: '0.0.0.0', ADMIT: 'example.org' }).admit).toBe('example.org');
    expect(settingsOf({ HOST: '::1' }).admit).toBe('*');
  });

  it('take an https address of the service as contact for push services', () => {
    expect(settingsOf({ PUBLIC_URL: 'https://push.example.org/' })).toMatchObject({
      publicUrl: 'https://push.example.org',
      vapidSubject: 'https://push.example.org',
    });
  });

  it.each(['https://192.168.1.5:8443', 'https://localhost', 'http://push.example.org'])(
    'do not take %s as that contact, because push services refuse it',
    (publicUrl) => {
      expect(settingsOf({ PUBLIC_URL: publicUrl }).vapidSubject).toBe('mailto:operator@example.org');
    },
  );

  it('write web origins as browsers send them', () => {
    const { corsOrigins } = settingsOf({ CORS_ORIGINS: 'https://Chat.Example.org/,http://localhost:5173' });
    expect(corsOrigins).toEqual(['https://chat.example.org', 'http://localhost:5173']);
  });

  it('take a port from the environment into the address of the service', () => {
    expect(settingsOf({ PORT: '9000' }).publicUrl).toBe('http://localhost:9000');
  });

  it('count an empty value as none', () => {
    expect(settingsOf({ PORT: '', WATCH: ' ' })).toMatchObject({ port: 8787, watch: 'auto' });
  });

  it('read lists with blanks and empty entries', () => {
    expect(settingsOf({ ALLOW_PRIVATE_HOSTS: '10.0.0.0/8, ,fd00::/8 ' }).allowPrivateHosts).toEqual([
      '10.0.0.0/8',
      'fd00::/8',
    ]);
  });

  it.each([
    ['PORT', '65536'],
    ['PORT', '80a'],
    ['HOST', 'everywhere'],
    ['PUBLIC_URL', 'push.example.org'],
    ['PUBLIC_URL', 'ftp://push.example.org'],
    ['VAPID_SUBJECT', 'operator@example.org'],
    ['VAPID_SUBJECT', 'mailto: operator@example.org'],
    ['VAPID_SUBJECT', 'mailto:root@localhost'],
    ['VAPID_SUBJECT', 'https://localhost'],
    ['PUBLIC_URL', 'https://me:secret@push.example.org'],
    ['ADMIT', '@example.org'],
    ['ADMIT', '*.example.org'],
    ['ADMIT', 'example.org club.example'],
    ['ALLOW_PRIVATE_HOSTS', '10.0.0.1'],
    ['WATCH', 'always'],
    ['LOG_LEVEL', 'loud'],
    ['CORS_ORIGINS', 'example.org'],
    ['CORS_ORIGINS', 'https://example.org/app'],
    ['CORS_ORIGINS', '*'],
    ['RETENTION_DAYS', '0'],
  ])('refuse %s=%s and name it', (name, value) => {
    expect(faultsOf({ [name]: value })).toEqual([expect.stringMatching(new RegExp(`^${name}: `))]);
  });

  it('tell every fault at once', () => {
    expect(faultsOf({ PORT: 'x', WATCH: 'x', LOG_LEVEL: 'x' })).toHaveLength(3);
  });

  it('are told as what they are without one', () => {
    for (const { name, fallback } of settingTable)
      if (!/ |PORT/.test(fallback)) expect(settingsOf({ [name]: fallback })).toEqual(settingsOf({}));
  });

  it('have each a name of their own and an explanation', () => {
    const names = settingTable.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});
