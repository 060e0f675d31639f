import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { APIResponse, Browser, BrowserContext, Page, Route } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ApiClient } from '../support/api-client.ts';
import { hasChromium, startChromium } from '../support/chromium.ts';
import { eventually } from '../support/eventually.ts';
import { type RunningService, startService } from '../support/running-service.ts';

const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const phone = { width: 390, height: 844 };
const desktop = { width: 1280, height: 800 };
const looks = [
  ['phone', 'light', phone],
  ['phone', 'dark', phone],
  ['desktop', 'light', desktop],
  ['desktop', 'dark', desktop],
] as const;

/** What a busy phone does to a page: whoever waits for the next frame to take the focus misses what is typed until then. */
const drawLate =
  'const draw = requestAnimationFrame; requestAnimationFrame = (each) => setTimeout(() => draw(each), 150);';

describe.skipIf(!hasChromium)('the client in a real Chromium', () => {
  let dir: string;
  let service: RunningService;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let links: readonly string[];
  let alice: ApiClient;
  const faults: string[] = [];
  const asked = new Set<string>();

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'coi-push-client-'));
    [service, browser] = await Promise.all([startService({ DATA_DIR: dir }, ['--demo']), startChromium()]);
    const said = await eventually('the demo to be through', async () =>
      service.output().includes('Ctrl-C ends it all') ? service.output() : undefined,
    );
    links = said.match(/http:\/\/\S+\/demo\/\w+$/gm) ?? [];
    alice = new ApiClient(service.url, /ALICE=(\S+)/.exec(said)?.[1]);
    context = await browser.newContext({
      viewport: phone,
      geolocation: { latitude: 47.5, longitude: 9.4 },
      permissions: ['geolocation'],
    });
    page = await context.newPage();
    await page.addInitScript(drawLate);
    page.on('console', (message) => {
      if (message.type() === 'error') faults.push(`${message.text()} ${message.location().url}`);
    });
    page.on('pageerror', (error) => faults.push(String(error)));
    page.on('request', (request) => asked.add(new URL(request.url()).origin));
  });

  afterAll(async () => {
    await browser?.close();
    await service?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  const message = (text: string) => page.getByRole('article').filter({ hasText: text }).last();
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const write = async (text: string) => {
    await page.getByRole('textbox', { name: 'Write a message' }).fill(text);
    await button('Send').click();
  };
  const act = async (text: string, what: string) => {
    await message(text).hover();
    await message(text).getByRole('button', { name: 'Actions' }).click();
    await message(text).getByRole('button', { name: what }).click();
  };
  const goTo = (hash: string, where = page) => where.evaluate(`location.hash = ${JSON.stringify(hash)}`);
  const bobsToken = () => /BOB=(\S+)/.exec(service.output())?.[1];
  const agree = () => page.once('dialog', (dialog) => void dialog.accept());

  it('has nothing that axe objects to when somebody signs in, and says what to do when that does not work', async () => {
    await page.goto(new URL('/', links[0]).href);
    await page.getByRole('textbox', { name: 'E-mail address' }).waitFor();
    expect(await violations(page)).toBe('');
    await page.getByRole('textbox', { name: 'E-mail address' }).fill('someone@nowhere.invalid');
    await page.keyboard.press('Enter');
    await page.getByText('The mail servers of this address were not found.', { exact: false }).waitFor();
    await page.getByText('More options').click();
    await page.getByRole('textbox', { name: 'Invite code' }).waitFor();
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await violations(page)).toBe('');
    await page.emulateMedia({ colorScheme: 'light' });
    await button('Change').click();
    faults.splice(0);
  });

  it('names what was entered wrong as its form does', async () => {
    await page.getByRole('textbox', { name: 'E-mail address' }).fill('someone@nowhere.invalid');
    await page.keyboard.press('Enter');
    await page.getByLabel('Password of your mailbox').fill('secret');
    await page.getByLabel('IMAP server').fill('https://imap.nowhere.invalid/');
    await page.getByLabel('SMTP server').fill('smtp.nowhere.invalid');
    await page.getByLabel('SMTP port').fill('70000');
    await button('Sign in').click();
    await page.getByText('IMAP server: must be a host name').waitFor();
    await page.getByText('SMTP port: must be at most 65535').waitFor();
    await button('Change').click();
    faults.splice(0);
  });

  it('takes no way back from a provider that it did not begin itself', async () => {
    await page.goto(new URL('/?code=of-somebody-else', links[0]).href);
    await page.getByText('That sign-in was not begun here.', { exact: false }).waitFor();
    expect(page.url()).not.toContain('code');
  });

  it('shows the chats of who opened the link, and keeps the token out of the address', async () => {
    const startedAt = performance.now();
    await page.goto(links[0] ?? '');
    await page.getByRole('link', { name: /^Bob/ }).waitFor();
    console.log(`First view of the client: ${Math.round(performance.now() - startedAt)} ms`);
    expect(page.url()).not.toContain('token');
    // Both came within a second, so either may be the newest.
    await page.getByText(/^This opens the client as me|^You: And it arrives like a chat/).waitFor();
  });

  it('shows a conversation, and sends what is written', async () => {
    await page.getByRole('link', { name: /^Bob/ }).click();
    await page.getByText('Hi Alice! This is ordinary e-mail.').waitFor();
    await write('Sent from Chromium <b>not bold</b>');
    await message('Sent from Chromium <b>not bold</b>').getByRole('img', { name: 'Sent' }).waitFor();
  });

  it('shows it to the other one, who is one click away', async () => {
    const [bob] = await Promise.all([
      context.waitForEvent('page'),
      page.getByRole('link', { name: /\/demo\/bob$/ }).click(),
    ]);
    await bob.getByRole('link', { name: /alice/i }).click();
    await bob.getByRole('log').getByText('Sent from Chromium <b>not bold</b>').waitFor();
    await bob.close();
  });

  it('reacts to a message, and takes that back', async () => {
    await act('ordinary e-mail', 'React 👍');
    const reaction = message('ordinary e-mail').getByRole('button', { name: '👍 You' });
    await reaction.click();
    await reaction.waitFor({ state: 'detached' });
  });

  it('answers a message, changes the answer, and deletes it', async () => {
    await act('ordinary e-mail', 'Reply');
    await write('An anwser');
    await message('An anwser').getByText('Hi Alice! This is ordinary e-mail.').waitFor();
    await message('An anwser').getByRole('img', { name: 'Sent' }).waitFor();
    await act('An anwser', 'Edit');
    await write('An answer');
    await message('An answer').getByText('edited').waitFor();
    agree();
    await act('An answer', 'Delete for everybody');
    await page.getByRole('log').getByText('This message was deleted.').waitFor();
  });

  it('sends a photo without what a camera notes in it', async () => {
    const drawn = Buffer.from(String(await page.evaluate(drawnPhoto)), 'base64');
    const note = Buffer.from('Exif\0\0place and camera');
    const noted = [
      drawn.subarray(0, 2),
      Buffer.from([0xff, 0xe1, 0, note.length + 2]),
      note,
      drawn.subarray(2),
    ];
    const file = { name: 'lake.jpeg', mimeType: 'image/jpeg', buffer: Buffer.concat(noted) };
    await page.getByLabel('Attach photos or files').setInputFiles(file);
    await button('Do not send lake.jpg').waitFor();
    await write('How it looks');
    await message('How it looks').getByRole('img', { name: 'lake.jpg' }).waitFor();
    const [newest] = await alice.items(
      `/v1/conversations/${new URL(page.url()).hash.split('/')[2]}/messages`,
    );
    const part = `/v1/messages/${String(newest?.['id'])}/parts/2`;
    expect((await alice.request('GET', part)).body).not.toContain('camera');
  });

  it('sends where it is', async () => {
    await button('Send my location').click();
    await page.getByRole('link', { name: /geo:47\.5,9\.4|Show this place/ }).waitFor();
  });

  it('founds a group with somebody it knows, mentions them, and leaves it', async () => {
    await goTo('#/group');
    await page.getByRole('textbox', { name: 'Name of the group' }).fill('Lake');
    await page.getByRole('checkbox', { name: /Bob/ }).check();
    await page.getByRole('textbox', { name: 'First message' }).fill('Who comes?');
    await button('Send').click();
    await page.getByRole('heading', { name: 'Lake', level: 1 }).waitFor();
    await write('You, @bob?');
    await message('You, @Bob?').getByRole('img', { name: 'Sent' }).waitFor();
    await page.getByRole('link', { name: 'Info' }).click();
    await page.getByRole('textbox', { name: 'Name of the group' }).fill('The lake');
    await button('Rename').click();
    await page.getByRole('heading', { name: 'The lake', level: 1 }).waitFor();
    agree();
    await button('Leave the group').click();
    await page.getByRole('heading', { name: 'Chats', level: 1 }).waitFor();
  });

  it('keeps contacts, and blocks them', async () => {
    await goTo('#/contacts');
    await page.getByRole('textbox', { name: 'Name' }).fill('Carol');
    await page.getByRole('textbox', { name: 'E-mail address' }).fill('carol@demo.test');
    await button('Add').click();
    await page.getByRole('link', { name: /Carol/ }).waitFor();
    agree();
    await button('Block').click();
    await page.getByText('carol@demo.test (blocked)').waitFor();
    await button('Unblock').click();
    await page.getByRole('link', { name: /Carol/ }).waitFor();
  });

  it('calls people as its user does', async () => {
    await page.getByRole('textbox', { name: 'Name' }).fill('My friend');
    await page.getByRole('textbox', { name: 'E-mail address' }).fill('bob@demo.test');
    await button('Add').click();
    await goTo('#/');
    await page.getByRole('link', { name: /^My friend/ }).click();
    await page.getByRole('heading', { name: 'My friend', level: 1 }).waitFor();
    await goTo('#/contacts');
    agree();
    await button('Remove My friend').click();
    await goTo('#/');
    await page.getByRole('link', { name: /^Bob/ }).waitFor();
  });

  it('keeps settings, hands all data out, and ends other devices', async () => {
    await goTo('#/settings');
    await page.getByRole('checkbox', { name: 'Quiet hours' }).check();
    await page.getByLabel('From').fill('23:15');
    await button('Save').first().click();
    const settings = () => alice.call('GET', '/v1/account');
    await eventually(
      'the night',
      async () => JSON.stringify(await settings()).includes('"23:15"') || undefined,
    );
    await page.getByRole('checkbox', { name: /Tell others when I have read/ }).check();
    await page.getByLabel('When another of my devices').selectOption('seen');
    await eventually(
      'the others',
      async () =>
        /"messageFilter":"seen","readReceipts":"always"/.test(JSON.stringify(await settings())) || undefined,
    );
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      button('Save all that is stored about me').click(),
    ]);
    expect(await readFile(await download.path(), 'utf8')).toContain('alice@demo.test');
  });

  it('asks nobody but its own origin, and nothing in it goes against its policy', () => {
    expect([...asked].filter((origin) => origin !== 'null')).toEqual([new URL(links[0] ?? '').origin]);
    expect(faults).toEqual([]);
  });

  it.each(looks)('has nothing that axe objects to, on a %s in %s', async (_, colorScheme, viewport) => {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme });
    await goTo('#/');
    await page.getByRole('link', { name: /^Bob/ }).click();
    await message('ordinary e-mail').hover();
    await message('ordinary e-mail').getByRole('button', { name: 'Actions' }).click();
    expect(await violations(page), 'a conversation').toBe('');
    const conversation = new URL(page.url()).hash;
    for (const hash of ['#/', `${conversation}/info`, '#/new', '#/group', '#/contacts', '#/settings']) {
      await goTo(hash);
      await page.getByRole('heading', { level: 1 }).last().waitFor({ state: 'attached' });
      expect(await violations(page), hash).toBe('');
    }
  });

  it('can be used by keyboard alone: from the list to a message and back', async () => {
    await page.setViewportSize(desktop);
    await goTo('#/settings');
    await page.getByRole('link', { name: /^Bob/ }).focus();
    await page.keyboard.press('Enter');
    await page.getByText('Hi Alice! This is ordinary e-mail.').waitFor();
    await page.keyboard.type('By keyboard');
    await page.keyboard.press('Enter');
    await message('By keyboard').getByRole('img', { name: 'Sent' }).waitFor();
    await message('By keyboard').getByRole('button', { name: 'Actions' }).focus();
    await page.keyboard.press('Enter');
    await page.locator(':focus[aria-label="React 👍"]').waitFor();
    await page.keyboard.press('Escape');
    await page.locator(':focus[aria-label="Actions"]').waitFor();
  });

  it('says of a text that it could not be loaded, or that its mail is gone, and shows the others', async () => {
    const fresh = await (await browser.newContext()).newPage();
    const [gone, busy, ...others] = await bodiesOf(alice, 'Bob');
    let isBusy = true;
    await fresh.route('**/v1/messages/*', (route) => {
      const id = decodeURIComponent(route.request().url().split('/').at(-1) ?? '');
      if (id === gone?.id)
        return route.fulfill({ status: 404, body: '{"code":"not-found","detail":"gone"}' });
      if (id === busy?.id && isBusy) return route.fulfill({ status: 503, body: '{"code":"internal"}' });
      return route.continue();
    });
    await fresh.goto(links[0] ?? '');
    await fresh.getByRole('link', { name: /^Bob/ }).click();
    await fresh.getByText('This message is not in your mailbox any more.').waitFor();
    await fresh.getByText('The text could not be loaded.').waitFor();
    await fresh.getByText(others.at(-1)?.text ?? '').waitFor();
    isBusy = false;
    await fresh.getByRole('button', { name: 'Try again' }).click();
    await fresh
      .getByRole('log')
      .getByText(busy?.text ?? '')
      .waitFor();
    await fresh.context().close();
  });

  it('says that a chat is not there', async () => {
    await goTo('#/c/d-none');
    await page.getByText('This chat is not here, or not any more.').waitFor();
    expect(await page.getByRole('textbox', { name: 'Write a message' }).count()).toBe(0);
    await page.goBack();
  });

  it('shows the list at an address that was cut off', async () => {
    await page.setViewportSize(phone);
    await goTo('#/c/%');
    await page.locator(':focus', { hasText: 'Chats' }).waitFor();
    await page.goBack();
  });

  it('shows what it knows without a connection, and sends what was written when there is one again', async () => {
    await page.setViewportSize(phone);
    await page.evaluate('navigator.serviceWorker.ready.then(() => undefined)');
    await context.setOffline(true);
    await page.reload();
    await page.getByText('You are offline.', { exact: false }).waitFor();
    await page.getByText('Hi Alice! This is ordinary e-mail.').waitFor();
    await write('Written on a train');
    await message('Written on a train').getByText('Waiting for a connection').waitFor();
    await page.reload();
    await message('Written on a train').getByText('Waiting for a connection').waitFor();
    await context.setOffline(false);
    await message('Written on a train').getByRole('img', { name: 'Sent' }).waitFor();
    expect(await page.getByRole('log').getByText('Written on a train').count()).toBe(1);
  });

  it('keeps nothing of the account after signing out', async () => {
    await goTo('#/settings');
    await button('Sign out').click();
    await page.getByRole('textbox', { name: 'E-mail address' }).waitFor();
    expect(await page.evaluate(keptInPage)).toEqual([]);
  });

  describe('in a browser of its own', () => {
    let own: Page;
    const textIn = (text: string) => own.getByRole('log').getByText(text);
    const sendIn = async (text: string) => {
      await own.getByRole('textbox', { name: 'Write a message' }).fill(text);
      await own.getByRole('button', { name: 'Send', exact: true }).click();
    };
    /** Opens the chat anew, whose first request of these is held up; its answer is already there. */
    const holdFirst = async (pattern: string, letOn: (route: Route) => Promise<void>) => {
      const asked: Route[] = [];
      await own.route(pattern, async (route) => {
        asked.push(route);
        if (asked.length > 1) await letOn(route);
      });
      const here = new URL(own.url()).hash;
      await goTo('#/', own);
      await goTo(here, own);
      const old = await eventually('the first request', () => asked[0]?.fetch());
      return () => answerLate(asked[0], old);
    };
    /** Lets a request that was held up have its answer, and the page take it in. */
    const answerLate = async (route: Route | undefined, response: APIResponse) => {
      const arrived = own.waitForResponse((each) => each.request() === route?.request());
      await route?.fulfill({ response });
      await (await arrived).finished();
      await own.evaluate('new Promise((resolve) => requestIdleCallback(resolve))');
    };

    beforeEach(async () => {
      own = await (await browser.newContext({ viewport: phone, serviceWorkers: 'block' })).newPage();
      await own.goto(links[1] ?? '');
      await own.getByRole('link', { name: /^Alice/ }).click();
      await own.getByRole('log').getByText('And it arrives like a chat.', { exact: false }).waitFor();
    });
    afterEach(() => own.context().close());

    it('shows nothing older again when answers overtake each other', async () => {
      const answer = await holdFirst('**/messages?limit=50', (route) => route.fallback());
      await sendIn('Overtaken by this');
      await textIn('Overtaken by this').waitFor();
      await own.getByRole('img', { name: 'Sent' }).last().waitFor();
      await eventually('it to be no more than a message', async () =>
        (await own.evaluate(keptOutbox)) === '[]' ? true : undefined,
      );
      await answer();
      expect(await textIn('Overtaken by this').count()).toBe(1);
    });

    it('does not wait any more for what was sent when the page was closed', async () => {
      const here = own.url();
      await own.route('**/messages?limit=50', () => undefined);
      await sendIn('Sent in passing');
      await eventually('its being kept as sent', async () =>
        String(await own.evaluate(keptOutbox)).includes('"sent"') ? true : undefined,
      );
      const next = await own.context().newPage();
      await own.close();
      own = next;
      await own.goto(here);
      await textIn('Sent in passing').waitFor();
      await eventually('nothing to be waited for', async () =>
        (await own.evaluate(keptOutbox)) === '[]' ? true : undefined,
      );
    });

    it('shows nobody else what was asked for somebody who signed out', async () => {
      const answer = await holdFirst('**/v1/conversations?limit=100', (route) => route.abort());
      // Another link of the demo signs another one in, as it does after a sign-out.
      await goTo(`#/token/${alice.token}`, own);
      await own.getByRole('link', { name: 'Settings' }).waitFor();
      await eventually('the other account', async () =>
        (await own.evaluate(keptToken)) === alice.token ? true : undefined,
      );
      await answer();
      expect(await own.getByRole('link', { name: /^Alice/ }).count()).toBe(0);
    });
  });

  it('erases everything when that is confirmed, and says so on other pages that are open', async () => {
    const [bob, other] = await Promise.all([context.newPage(), context.newPage()]);
    await bob.goto(links[1] ?? '');
    await other.goto(links[1] ?? '');
    await other.getByRole('link', { name: /^Alice/ }).click();
    await bob.getByRole('link', { name: 'Settings' }).click();
    bob.once('dialog', (dialog) => void dialog.dismiss());
    await bob.getByRole('button', { name: 'Erase my account here' }).click();
    bob.once('dialog', (dialog) => void dialog.accept());
    await bob.getByRole('button', { name: 'Erase my account here' }).click();
    await bob.getByRole('textbox', { name: 'E-mail address' }).waitFor();
    await other.getByText('This device was signed out.', { exact: false }).waitFor();
    expect((await new ApiClient(service.url, bobsToken()).request('GET', '/v1/account')).status).toBe(401);
  });
});

/** A photo that is larger than what is sent, as base64. */
const drawnPhoto = `(() => {
  const canvas = Object.assign(document.createElement('canvas'), { width: 3000, height: 2000 });
  canvas.getContext('2d').fillRect(500, 500, 1000, 1000);
  return canvas.toDataURL('image/jpeg').split(',')[1];
})()`;

const inKept = (request: string) => `new Promise((resolve) => {
  indexedDB.open('coi-chat', 1).onsuccess = ({ target }) => {
    target.result.transaction('kept').objectStore('kept').${request}.onsuccess = (event) => resolve(event.target.result);
  };
})`;
const keptInPage = inKept('getAllKeys()');
const keptOutbox = inKept("get('outbox')");
const keptToken = inKept("get('token')");

/** By DevTools' own evaluation, which the page's policy is no hindrance to. */
async function violations(page: Page): Promise<string> {
  await page.evaluate(await readFile(axePath, 'utf8'));
  const found: unknown = await page.evaluate(
    'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html).join(" ")))',
  );
  return Array.isArray(found) ? found.join('\n') : 'no answer';
}

/** The newest messages of a chat with their texts, as the API has them. */
async function bodiesOf(client: ApiClient, title: string): Promise<{ id: string; text: string }[]> {
  const chat = (await client.items('/v1/conversations')).find((each) => each['title'] === title);
  const messages = await client.items(
    `/v1/conversations/${encodeURIComponent(String(chat?.['id']))}/messages`,
  );
  const texts = messages.filter(({ kind, deletedAt }) => kind === 'text' && deletedAt === undefined);
  return Promise.all(
    texts.map(async ({ id }) => {
      const { text } = await client.call('GET', `/v1/messages/${encodeURIComponent(String(id))}`);
      return { id: String(id), text: String(text).trim() };
    }),
  );
}
