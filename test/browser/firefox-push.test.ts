import { Agent } from 'node:https';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import webPush from 'web-push';
import { isRecord } from '../support/api-client.ts';
import { type Autopush, startAutopush } from '../support/autopush.ts';
import { eventually } from '../support/eventually.ts';
import { type Firefox, hasFirefox, startFirefox } from '../support/firefox.ts';
import { type PushPage, startPushPage } from '../support/push-page.ts';

/** The browser, page and push service alone, so that it shows whether a failure is theirs or the product's. */
describe.skipIf(!hasFirefox)('a push to a real Firefox, sent by web-push alone', () => {
  const vapid = webPush.generateVAPIDKeys();
  let autopush: Autopush;
  let page: PushPage;
  let firefox: Firefox;
  let subscription: webPush.PushSubscription;

  beforeAll(async () => {
    [autopush, page] = await Promise.all([startAutopush(), startPushPage()]);
    firefox = await startFirefox({ 'dom.push.serverURL': autopush.webSocketUrl });
    await firefox.open(page.url);
    const key = JSON.stringify(vapid.publicKey);
    subscription = subscriptionOf(await firefox.evaluate(`window.subscribe(${key})`));
  });

  afterAll(async () => {
    await firefox?.close();
    await page?.close();
    await autopush?.close();
  });

  function push(payload: object, keys = vapid): Promise<webPush.SendResult> {
    return webPush.sendNotification(subscription, JSON.stringify(payload), {
      vapidDetails: { subject: 'mailto:operator@example.test', ...keys },
      TTL: 60,
      agent: new Agent({ ca: autopush.ca }),
    });
  }

  it('goes to keys that the browser made', () => {
    expect(Buffer.from(subscription.keys.p256dh, 'base64url')).toHaveLength(65);
    expect(Buffer.from(subscription.keys.auth, 'base64url')).toHaveLength(16);
  });

  it('is refused when signed with another key than the one subscribed with, and shows nothing', async () => {
    const stranger = webPush.generateVAPIDKeys();
    await expect(push({ subject: 'no' }, stranger)).rejects.toMatchObject({ statusCode: 403 });
    expect(await firefox.evaluate('window.pushes')).toEqual([]);
  });

  it('is decrypted and shown, with the address and the subject where name and text are missing', async () => {
    await push({ 'from-email': 'bob@example.test', subject: 'Zażółć 你好', 'msg-id': '<1@example.test>' });
    const pushes = await eventually('the notification', async () => {
      const found = await firefox.evaluate('window.pushes');
      return Array.isArray(found) && found.length > 0 ? found : undefined;
    });
    expect(pushes).toMatchObject([{ shown: [{ title: 'bob@example.test', body: 'Zażółć 你好' }] }]);
  });
});

function subscriptionOf(value: unknown): webPush.PushSubscription {
  if (isRecord(value) && typeof value['endpoint'] === 'string' && isRecord(value['keys'])) {
    const { p256dh, auth } = value['keys'];
    if (typeof p256dh === 'string' && typeof auth === 'string') {
      return { endpoint: value['endpoint'], keys: { p256dh, auth } };
    }
  }
  throw new Error('the browser gave no PushSubscription');
}
