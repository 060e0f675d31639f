import { describe, expect, it } from 'vitest';
import { configTable, readConfig } from '../../../infra/config.ts';

function faultsOf(context: Readonly<Record<string, unknown>>): readonly string[] {
  const read = readConfig(context);
  return read.ok ? [] : read.faults;
}

describe('the configuration of a deployment', () => {
  it('needs nothing, and then admits nobody', () => {
    const read = readConfig({});
    expect(read).toMatchObject({
      ok: true,
      config: { admit: '', watch: 'auto', egress: 'direct', idleHost: 'lambda', retentionDays: 90 },
    });
  });

  it('takes what the command line, a file with numbers and lists, and other parts of the CDK put there', () => {
    const read = readConfig({
      'coi:admit': ['example.org', 'me@example.net'],
      'coi:retentionDays': 30,
      'coi:pollers': '20',
      'coi:memoryMb': 'idle=1024, poll=768',
      'aws:cdk:enable-asset-metadata': true,
    });
    expect(read).toMatchObject({
      ok: true,
      config: {
        admit: 'example.org,me@example.net',
        retentionDays: 30,
        pollers: 20,
        memoryMb: { idle: 1024, poll: 768 },
      },
    });
  });

  it('tells all faults at once, and what would be right', () => {
    expect(
      faultsOf({
        'coi:watch': 'push',
        'coi:retentionDays': 0,
        'coi:admit': '@example.org',
        'coi:alarmMail': 'x',
      }),
    ).toEqual([
      'coi:alarmMail: there is no such setting',
      expect.stringMatching(/^coi:admit: must be a comma list .* not "@example.org"$/),
      'coi:watch: must be one of auto, idle, poll, not "push"',
      'coi:retentionDays: must be a whole number from 1 to 3650, not "0"',
    ]);
  });

  it.each([
    ['a name without proof that it is ours', { 'coi:domain': 'push.example.org' }],
    ['a zone without a name', { 'coi:hostedZone': 'Z0123456789' }],
    [
      'a zone and a certificate',
      {
        'coi:domain': 'push.example.org',
        'coi:hostedZone': 'Z0123456789',
        'coi:certificate': 'arn:aws:acm:eu-central-1:123456789012:certificate/1',
      },
    ],
    ['a table without its key', { 'coi:table': 'a-table' }],
    ['containers in a network without IPv4', { 'coi:idleHost': 'fargate', 'coi:egress': 'ipv6' }],
    ['memory of a function that is none', { 'coi:memoryMb': 'pol=512' }],
    ['memory below what Lambda gives', { 'coi:memoryMb': 'poll=64' }],
    ['a truth value', { 'coi:reserve': false }],
    ['an object', { 'coi:memoryMb': { poll: 512 } }],
    [
      'an ARN of another service',
      { 'coi:key': 'arn:aws:s3:::bucket', 'coi:table': 'ttt', 'coi:vapidSecret': '' },
    ],
    ['a subject that Apple refuses', { 'coi:vapidSubject': 'mailto: me@example.org' }],
  ])('refuses %s', (_, context) => {
    expect(faultsOf(context)).not.toEqual([]);
  });

  it('says of each setting what it does', () => {
    for (const { name, does } of configTable) {
      expect(name).toMatch(/^coi:[a-zA-Z]+$/);
      expect(does.length).toBeGreaterThan(15);
    }
  });
});
