import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiClient, isRecord } from '../support/api-client.ts';
import { chatMail } from '../support/chat-mail.ts';
import { eventually } from '../support/eventually.ts';
import { type Firefox, hasFirefox } from '../support/firefox.ts';
import { type FirefoxScene, startFirefoxScene } from '../support/firefox-scene.ts';
import { hasMailServers, sharedMail } from '../support/mail-site.ts';
import { type PushPage, startPushPage } from '../support/push-page.ts';

describe.skipIf(!hasFirefox || !hasMailServers)('a real Firefox', () => {
  let scene: FirefoxScene;
  let page: PushPage;
  let firefox: Firefox;
  let alice: ApiClient;
  let address: string;

  beforeAll(async () => {
    [scene, page] = await Promise.all([startFirefoxScene(), startPushPage()]);
    ({ firefox, alice, address } = scene);
    await firefox.open(page.url);
  });

  afterAll(async () => {
    await scene?.close();
    await page?.close();
  });

  /** The first push that the service worker showed and that fits. */
  const shown = (what: string, fits: (told: Record<string, unknown>) => boolean) =>
    eventually(what, async () => {
      const pushes = await firefox.evaluate('window.pushes');
      const found = (Array.isArray(pushes) ? pushes : [])
        .filter(isRecord)
        .find(({ told }) => isRecord(told) && fits(told));
      return found;
    });

  it('subscribes, proves that it gets pushes, and is told of a chat mail with sender and text', async () => {
    const { publicKey } = await alice.call('GET', '/v1/push/key');
    const resource = await firefox.evaluate(`window.subscribe(${JSON.stringify(publicKey)})`);
    await alice.call('PUT', '/v1/push/subscriptions/firefox-test', {
      client: 'Firefox',
      device: firefox.version,
      msgtype: 'chat',
      resource,
    });
    const { told, shown: first } = await shown(
      'the validation',
      ({ validation }) => validation !== undefined,
    );
    expect(first).toEqual([{ title: 'Notifications are on', body: '' }]);
    const { validation } = isRecord(told) ? told : {};
    await alice.call('POST', '/v1/push/subscriptions/firefox-test/validate', { validation });
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
        messageId: '<chat$firefox@example.test>',
      }),
    );

    const push = await shown('the chat', (each) => each['msg-id'] === '<chat$firefox@example.test>');
    expect(push['told']).toMatchObject({
      'from-name': 'Bob',
      'from-email': 'bob@example.test',
      folder: 'INBOX',
    });
    expect(push['shown']).toContainEqual({ title: 'Bob', body: text });
    expect(scene.autopush.answers).toEqual([201, 201]);
  });
});
