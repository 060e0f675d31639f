import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiClient, isRecord, signIn } from '../support/api-client.ts';
import { type Autopush, startAutopush } from '../support/autopush.ts';
import { chatMail } from '../support/chat-mail.ts';
import { eventually } from '../support/eventually.ts';
import { type Firefox, hasFirefox, startFirefox } from '../support/firefox.ts';
import { hasMailServers, sharedMail } from '../support/mail-site.ts';
import { type RunningService, startService } from '../support/running-service.ts';

describe.skipIf(!hasFirefox || !hasMailServers)('the client in a real Firefox', () => {
  let dir: string;
  let autopush: Autopush;
  let firefox: Firefox;
  let service: RunningService;
  let alice: ApiClient;
  let address: string;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'coi-push-firefox-client-'));
    autopush = await startAutopush();
    const mail = sharedMail();
    await writeFile(join(dir, 'ca.pem'), `${mail.ca}\n${autopush.ca}`);
    [firefox, service] = await Promise.all([
      startFirefox({ 'dom.push.serverURL': autopush.webSocketUrl }),
      startService({
        DATA_DIR: join(dir, 'data'),
        ALLOW_PRIVATE_HOSTS: '127.0.0.0/8,::1/128',
        NODE_EXTRA_CA_CERTS: join(dir, 'ca.pem'),
        LOG_LEVEL: 'warn',
      }),
    ]);
    address = mail.newAddress('alice');
    alice = await signIn(service.url, mail, address);
    const { hostname, port } = new URL(service.url);
    // A browser has push on the name, whatever the address.
    const origin = `http://${hostname === '127.0.0.1' ? 'localhost' : hostname}:${port}`;
    await firefox.open(`${origin}/#/token/${alice.token}`);
  });

  afterAll(async () => {
    await firefox?.close();
    await service?.stop();
    await autopush?.close();
    await rm(dir, { recursive: true, force: true });
  });

  const shown = (what: string, fits: (notification: Record<string, unknown>) => boolean) =>
    eventually(what, async () => {
      const all = await firefox.evaluate(
        'navigator.serviceWorker.ready.then((r) => r.getNotifications()).then((all) => all.map(({ title, body }) => ({ title, body })))',
      );
      return (Array.isArray(all) ? all : []).filter(isRecord).find(fits);
    });

  it('turns notifications on by one button: the validation push is shown, and handed in by the worker', async () => {
    await eventually('the page', async () =>
      (await firefox.evaluate(`document.querySelector('.list') !== null`)) === true ? true : undefined,
    );
    await firefox.evaluate(`void (location.hash = '#/settings')`);
    await eventually('the button', async () =>
      (await firefox.evaluate(
        `document.querySelector('section .main')?.click() === undefined && document.querySelector('section .main') !== null`,
      )) === true
        ? true
        : undefined,
    );
    await shown('the validation', ({ title }) => title === 'Notifications are on');
    const { items } = await eventually('the validated subscription', async () => {
      const reply = await alice.call('GET', '/v1/push/subscriptions');
      return JSON.stringify(reply).includes('"validated":true') ? reply : undefined;
    });
    expect(items).toMatchObject([{ client: 'COI chat', state: 'active' }]);
  });

  it('shows a chat mail with its sender and its text', async () => {
    await eventually('the first look at the mailbox', async () => {
      const { lastCheckedAt } = await alice.call('GET', '/v1/account');
      return lastCheckedAt ?? undefined;
    });
    const text = 'Zażółć gęślą jaźń, 你好!';
    await sharedMail().deliver(
      address,
      chatMail({
        from: 'Bob <bob@example.test>',
        to: address,
        text,
        messageId: '<chat$client@example.test>',
      }),
    );
    await shown('the chat', ({ title, body }) => title === 'Bob' && body === text);
  });
});
