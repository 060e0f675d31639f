import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pinoLog } from '../../../shared/logging/pino-log.ts';
import { canaryPasswords, canaryWord } from '../../support/canaries.ts';
import { cutMark } from '../../support/logs/collected-log.ts';
import { leaksIn } from '../../support/logs/find-leaks.ts';
import { judgeLogs } from '../../support/logs/judge-logs.ts';

const key = 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4';
const entry = (fields: Record<string, unknown>) =>
  JSON.stringify({ level: 'info', time: '2026-12-01T00:00:00.000Z', event: 'push-failed', ...fields });

describe('what is found in a log', () => {
  it.each([
    ['an address', entry({ cause: 'bob@example.org' })],
    ['an address in a text', 'Error: no such user bob.smith+chat@mail.example.co.uk'],
    ['a Message-ID', entry({ id: '<chat$1.abc@example.test>' })],
    ['a Message-ID of a name without dots', 'fetching <chat$1@localhost> failed'],
    ['a push endpoint', 'POST https://updates.push.services.mozilla.com/wpush/v2/gAAAA failed'],
    ['a push endpoint of this machine', entry({ cause: 'https://localhost:4433/push/1' })],
    ['a session token', `token alice-1.${key.slice(0, 22)}.${key.slice(0, 43)} is over`],
    ['a bearer token', 'authorization: Bearer abcdefgh12'],
    ['a JWT', 'vapid t=eyJ0eXAiOiJKV1QifQ.eyJhdWQiOiJodHRwcyJ9.x'],
    ['a key', entry({ reason: key })],
    ['a key in a text', `p256dh ${key}`],
    ['a secret of 32 bytes', `hash ${key.slice(1, 44)}`],
    ...canaryPasswords.map((password) => ['a password', `LOGIN x "${password}"`]),
    ['a subject', `subject: about ${canaryWord}`],
    ['a body in a metric', JSON.stringify({ _aws: {}, outcome: canaryWord })],
    ['a body in a field', entry({ cause: 'see you at eight then' })],
    ['a field that nobody looked at', entry({ subject: 'x' })],
    ['the text of an error', entry({ error: 'Error: connect to the server failed' })],
  ])('%s', (_what, line) => {
    expect(leaksIn(line)).not.toEqual([]);
  });

  it('is nothing in lines of the log as they are meant to be', () => {
    const lines: string[] = [];
    const log = pinoLog('debug', { write: (line) => void lines.push(line) });
    const account = '6ed0f3ac-3b63-4c6a-8ac6-2ea6ae8b24e7';
    log.info('request-handled', {
      method: 'GET',
      route: '/v1/conversations/:id/messages',
      status: 200,
      ms: 3,
    });
    log.warn('watch-interrupted', { account, cause: 'mail-host-unreachable', failures: 2 });
    log.info('host-circuit-opened', { host: 'Zx3_-fa9', openings: 1, ms: 30_000 });
    log.error('service-crashed', {
      error: 'TypeError',
      code: 'ECONNRESET',
      at: 'at f (/srv/node_modules/@aws-sdk/client-sqs/dist-cjs/index.js:1:2)    at async file:///srv/a.ts:3:4',
    });
    lines.push(
      JSON.stringify({ _aws: { Timestamp: 1 }, service: 'coi-push', pushService: 'mozilla', Pushes: 1 }),
      'coi-push on http://localhost:8787',
      '  docs     http://localhost:8787/docs',
      '    at Object.<anonymous> (/srv/node_modules/@smithy/core/dist-cjs/index.js:12:9)',
      'More information can be found at: https://a.co/c895JFp',
    );
    expect(lines.flatMap(leaksIn)).toEqual([]);
  });
});

describe('the logs of a run', () => {
  it('are read to their end, and a leak is told with the test file it is of', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'coi-push-logs-'));
    try {
      const clean = `${entry({ account: 'a1' })}\n`.repeat(1_000);
      await writeFile(join(dir, 'test+real+a.test.ts:11:log'), clean);
      await writeFile(join(dir, 'test+real+b.test.ts:12:log'), `${clean}to bob@example.org\n`);
      await writeFile(join(dir, 'test+real+c.test.ts:13:log'), `${clean}\n${cutMark}\n`);
      const { lines, leaks } = await judgeLogs(dir);
      expect(lines).toBe(3_003);
      expect(await readdir(dir)).toEqual([]);
      expect(leaks).toEqual([
        { testFile: 'test/real/b.test.ts', what: 'an address or a Message-ID', line: 'to bob@example.org' },
        { testFile: 'test/real/c.test.ts', what: cutMark, line: cutMark },
      ]);
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });
});
