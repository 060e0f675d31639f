import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiClient, isRecord, signIn } from '../support/api-client.ts';
import { chatMail } from '../support/chat-mail.ts';
import { eventually } from '../support/eventually.ts';
import { type Firefox, hasFirefox } from '../support/firefox.ts';
import { type FirefoxScene, startFirefoxScene } from '../support/firefox-scene.ts';
import { hasMailServers, sharedMail } from '../support/mail-site.ts';
import type { RunningService } from '../support/running-service.ts';

describe.skipIf(!hasFirefox || !hasMailServers)('the client in a real Firefox', () => {
  let scene: FirefoxScene;
  let firefox: Firefox;
  let service: RunningService;
  let alice: ApiClient;
  let address: string;
  let origin: string;

  beforeAll(async () => {
    scene = await startFirefoxScene();
    ({ firefox, service, alice, address } = scene);
    const { hostname, port } = new URL(service.url);
    // A browser has push on the name, whatever the address.
    origin = `http://${hostname === '127.0.0.1' ? 'localhost' : hostname}:${port}`;
    await firefox.open(`${origin}/#/token/${alice.token}`);
  });

  afterAll(() => scene?.close());

  const shown = (what: string, fits: (notification: Record<string, unknown>) => boolean) =>
    eventually(what, async () => {
      const all = await firefox.evaluate(
        'navigator.serviceWorker.ready.then((r) => r.getNotifications()).then((all) => all.map(({ title, body }) => ({ title, body })))',
      );
      return (Array.isArray(all) ? all : []).filter(isRecord).find(fits);
    });

  const settled = (what: string, expression: string) =>
    eventually(what, async () => ((await firefox.evaluate(expression)) === true ? true : undefined));
  const subscriptions = () => alice.items('/v1/push/subscriptions');

  it('turns notifications on by one button: the validation push is shown, and handed in by the worker', async () => {
    await settled(
      'the offer',
      `(() => {
        const offer = document.querySelector('.offer .main');
        offer?.click();
        return offer !== null;
      })()`,
    );
    await firefox.evaluate(`void (location.hash = '#/settings')`);
    await shown('the validation', ({ title }) => title === 'Notifications are on');
    const items = await eventually('the validated subscription', async () => {
      const found = await subscriptions();
      return found.some(({ validated }) => validated === true) ? found : undefined;
    });
    expect(items).toMatchObject([{ client: 'COI chat', state: 'active', content: 'full', silentOk: false }]);
    await settled(
      'the word for it',
      `[...document.querySelectorAll('[role=status]')].some((p) => p.textContent === 'On')`,
    );
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

  it('opens the conversation when its notification is clicked', async () => {
    await eventually('the notification in its window', async () =>
      (await firefox.evaluateInBrowser(clickNotification('Bob'))) === true ? true : undefined,
    );
    await settled(
      'the conversation',
      `location.hash.startsWith('#/c/') && document.querySelector('.thread') !== null`,
    );
    await settled('its text', `document.querySelector('.thread').textContent.includes('Zażółć')`);
  });

  it('puts several messages of a conversation into one notification, the newest last', async () => {
    for (const text of ['one', 'two'])
      await sharedMail().deliver(
        address,
        chatMail({
          from: 'Carol <carol@example.test>',
          to: address,
          text,
          messageId: `<chat$${text}@example.test>`,
        }),
      );
    await shown('both', ({ title, body }) => title === 'Carol' && body === 'one\ntwo');
  });

  it('names the group, and who wrote in it', async () => {
    const mail = chatMail({ from: 'Bob <bob@example.test>', to: address, text: 'Who comes?' });
    const inGroup = 'Chat-Group-ID: lake1234567890\r\nChat-Group-Name: Lake\r\nChat-Version:';
    await sharedMail().deliver(address, mail.replace('Chat-Version:', inGroup));
    await shown('the group', ({ title, body }) => title === 'Lake' && body === 'Bob: Who comes?');
  });

  it('takes a notification back when its conversation was read on another device, if that is wanted', async () => {
    await firefox.evaluate(`void (location.hash = '#/settings')`);
    await settled(
      'the choice',
      `(() => {
        const label = [...document.querySelectorAll('label')].find((each) => each.textContent.startsWith('Take notifications back'));
        label?.click();
        return label !== undefined;
      })()`,
    );
    await eventually('the wish', async () =>
      (await subscriptions()).find((each) => each['silentOk'] === true),
    );
    const laptop = await signIn(service.url, sharedMail(), address);
    const carol = (await laptop.items('/v1/conversations')).find(({ title }) => title === 'Carol');
    const path = `/v1/conversations/${String(carol?.['id'])}`;
    const [newest] = await laptop.items(`${path}/messages`);
    await laptop.call('POST', `${path}/seen`, { upTo: newest?.['id'] });
    await settled(
      'no notification of Carol',
      `navigator.serviceWorker.ready.then((r) => r.getNotifications()).then((all) => all.every(({ title }) => title !== 'Carol'))`,
    );
    await shown('the other one', ({ title }) => title === 'Lake');
  });

  it('changes what it shows of a message when that is edited, and takes it back when it is deleted', async () => {
    const dave = await signIn(service.url, sharedMail(), sharedMail().newAddress('dave'));
    const send = (body: object) => dave.call('POST', '/v1/messages', body);
    const { id, conversation } = await send({ kind: 'text', to: [address], text: 'Lnuch?' });
    await shown('the message', ({ body }) => body === 'Lnuch?');
    await send({ kind: 'edit', conversation, target: id, text: 'Lunch?' });
    await shown('the edit', ({ body }) => body === 'Lunch?');
    await send({ kind: 'delete', conversation, target: id });
    await settled(
      'no notification of it',
      `navigator.serviceWorker.ready.then((r) => r.getNotifications()).then((all) => all.every(({ body }) => body !== 'Lunch?'))`,
    );
  });

  it('subscribes again at its start when the service does not know it any more', async () => {
    const [{ id } = {}] = await subscriptions();
    await alice.call('DELETE', `/v1/push/subscriptions/${String(id)}`);
    await firefox.evaluate('void location.reload()');
    await eventually('the same subscription', async () =>
      (await subscriptions()).find((each) => each['id'] === id),
    );
  });

  it('subscribes again without its page when the browser changes the subscription', async () => {
    const [{ id } = {}] = await subscriptions();
    await alice.call('DELETE', `/v1/push/subscriptions/${String(id)}`);
    await firefox.open('about:blank');
    await firefox.evaluateInBrowser(subscriptionChange(origin));
    await eventually('the same subscription', async () =>
      (await subscriptions()).find((each) => each['id'] === id),
    );
  });
});

/** Clicks into the window that Firefox shows a notification in; true when there was one with that title. */
function clickNotification(title: string): string {
  return `[...Services.wm.getEnumerator(null)].some(({ location, document }) => {
    if (!location.href.endsWith('/alert.xhtml')) return false;
    if (!document.documentElement.textContent.includes(${JSON.stringify(title)})) {
      const label = document.getElementById('alertTitleLabel');
      if (label === null || label.getAttribute('value') !== ${JSON.stringify(title)}) return false;
    }
    document.getElementById('alertNotification').click();
    return true;
  })`;
}

/** What Firefox does when its push service gives it another endpoint. */
function subscriptionChange(origin: string): string {
  return `void Components.classes['@mozilla.org/push/Notifier;1']
    .getService(Components.interfaces.nsIPushNotifier)
    .notifySubscriptionChange(
      ${JSON.stringify(`${origin}/`)},
      Services.scriptSecurityManager.createContentPrincipalFromOrigin(${JSON.stringify(origin)}),
      null,
    )`;
}
