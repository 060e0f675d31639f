import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { memberOf } from '../../../shared/core/outside-data.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';
import { type Device, type PushService, startPushService } from '../../support/push-service.ts';
import { type RunningService, startService } from '../../support/running-service.ts';

const run = promisify(execFile);

describe.skipIf(!hasMailServers)('the README', () => {
  let dir: string;
  let push: PushService;
  let device: Device;
  let service: RunningService;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'coi-push-readme-'));
    push = await startPushService();
    await writeFile(join(dir, 'ca.pem'), `${sharedMail().ca}\n${push.ca}`);
    service = await startService({
      DATA_DIR: join(dir, 'data'),
      ALLOW_PRIVATE_HOSTS: '127.0.0.0/8,::1/128',
      NODE_EXTRA_CA_CERTS: join(dir, 'ca.pem'),
      LOG_LEVEL: 'warn',
    });
  });

  afterAll(async () => {
    await service?.stop();
    await push?.close();
    await rm(dir, { recursive: true, force: true });
  });

  /** Runs one of its commands as it stands there, with the places it leaves open filled in; gives status and answer. */
  async function curl(command: string, filled: Readonly<Record<string, string>>, token = '') {
    const text = Object.entries(filled).reduce((all, [from, to]) => all.replaceAll(from, to), command);
    const script = `URL=${service.url} TOKEN=${token}\n${text.replace('curl -s', "curl -s -w '\\n%{http_code}'")}`;
    const { stdout } = await run('bash', ['-c', script], { cwd: dir });
    const [status = '', ...answer] = stdout.split('\n').reverse();
    const body = answer.reverse().join('\n');
    return { status: Number(status), body: body === '' ? undefined : JSON.parse(body) };
  }

  it('signs in, subscribes, validates and erases by the commands that it gives', async () => {
    const readme = await readFile(new URL('../../../README.md', import.meta.url), 'utf8');
    const [, block = ''] = /```sh\n(URL=https.*?)```/s.exec(readme) ?? [];
    const [signIn = '', subscribe = '', validate = '', erase = '', ...more] = block
      .split(/^(?=curl|TOKEN=)/m)
      .filter((part) => part.startsWith('curl'));
    expect(more).toEqual([]);
    const mail = sharedMail();
    const signedIn = await curl(signIn, {
      'me@example.org': mail.newAddress('reader'),
      '"…"': JSON.stringify(mail.password),
      'imap.example.org", "port": 993': `${mail.imap.host}", "port": ${mail.imap.port}`,
      'smtp.example.org", "port": 465': `${mail.smtp.host}", "port": ${mail.smtp.port}`,
    });
    expect(signedIn.status).toBe(201);
    const token = String(memberOf(signedIn.body, 'token'));

    device = push.newDevice(String(memberOf(memberOf(signedIn.body, 'push'), 'publicKey')));
    const [, shape = ''] = /`subscription\.json` is\n`(\{.*?\})`/s.exec(readme) ?? [];
    const { endpoint, p256dh, auth } = device;
    const resource = JSON.stringify({ endpoint, keys: { p256dh, auth } });
    await writeFile(join(dir, 'subscription.json'), shape.replace('…', resource));
    expect((await curl(subscribe, {}, token)).status).toBe(201);

    const validation: unknown = JSON.parse((await device.next()).payload.toString('utf8'));
    const text = JSON.stringify(memberOf(validation, 'validation'));
    expect((await curl(validate, { '"…"': text }, token)).status).toBe(204);
    expect((await curl(erase, {}, token)).status).toBe(204);
  });
});
