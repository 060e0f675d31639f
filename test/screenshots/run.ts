import { mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { ApiClient } from '../support/api-client.ts';
import { startChromium } from '../support/chromium.ts';
import { eventually } from '../support/eventually.ts';
import { type RunningService, startService } from '../support/running-service.ts';

const images = new URL('../../.github/images/', import.meta.url).pathname;
const phone = { width: 390, height: 700 };
const desktop = { width: 1000, height: 620 };

/** `npm run screenshots`: the pictures of the README, taken of the demo after a short talk. */
async function main(): Promise<void> {
  mkdirSync(images, { recursive: true });
  const dir = await mkdtemp(join(tmpdir(), 'coi-push-screenshots-'));
  const [service, browser] = await Promise.all([
    startService({ DATA_DIR: dir }, ['--demo']),
    startChromium(),
  ]);
  try {
    const said = await eventually('the demo to be through', async () =>
      service.output().includes('Ctrl-C ends it all') ? service.output() : undefined,
    );
    const page = await browser.newPage({ viewport: phone });
    // A browser without a window has no notifications; most people's have.
    await page.addInitScript(
      "Object.defineProperty(Notification, 'permission', { get: () => 'default' }); globalThis.PushManager ??= class {};",
    );
    await talk(service, said, await drawLake(browser));
    await takeAll(page, /http:\/\/\S+\/demo\/alice$/m.exec(said)?.[0] ?? '');
  } finally {
    await browser.close();
    await service.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

async function takeAll(page: Page, link: string): Promise<void> {
  const take = (name: string) => page.screenshot({ path: join(images, `${name}.png`) });
  const goTo = (hash: string) => page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
  await page.goto(new URL('/', link).href);
  await page.getByRole('textbox').waitFor();
  await take('sign-in');
  await page.goto(link);
  await page.getByText('Bread, cheese and apples', { exact: false }).waitFor();
  await page.getByText('That is how it looks', { exact: false }).waitFor();
  await take('chats');
  await page.getByRole('link', { name: /^Bob/ }).click();
  await page.getByRole('img', { name: 'lake.jpg' }).waitFor();
  await page.getByText('I bring the tent.').waitFor();
  await page.evaluate('document.activeElement.blur()');
  await take('conversation');
  await page.setViewportSize(desktop);
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.locator('[aria-current] .badge').waitFor({ state: 'detached' });
  await take('desktop-dark');
  await goTo('#/settings');
  await page.setViewportSize(phone);
  await page.emulateMedia({ colorScheme: 'light' });
  await page.getByText('this device', { exact: true }).waitFor();
  await take('settings');
}

/** A group, a picture, an answer. */
async function talk(service: RunningService, said: string, picture: string): Promise<void> {
  const [alice, bob] = ['ALICE', 'BOB'].map(
    (name) => new ApiClient(service.url, new RegExp(`${name}=(\\S+)`).exec(said)?.[1]),
  );
  if (alice === undefined || bob === undefined) return;
  // Mail servers note seconds, and by those the messages are in order.
  const send = async (who: ApiClient, body: object) => {
    await delay(1_100);
    return who.call('POST', '/v1/messages', { kind: 'text', ...body });
  };
  /** The newest message of another, once there are so many of them. */
  const heard = (who: ApiClient, chat: number, count: number) =>
    eventually('what the other wrote', async () => {
      const conversation = (await who.items('/v1/conversations'))[chat]?.['id'];
      const list = await who.items(`/v1/conversations/${String(conversation)}/messages`);
      const theirs = list.filter(({ own }) => own === false);
      return theirs.length === count ? { conversation, target: theirs[0]?.['id'] } : undefined;
    });
  const group = { name: 'Sunday at the lake', participants: ['alice@demo.test'] };
  await send(bob, { group, text: 'Bread, cheese and apples are here. What else?' });
  await heard(alice, 0, 1);
  const { conversation } = await heard(bob, 1, 1);
  await send(bob, { conversation, text: 'Shall we go to the lake on Sunday?' });
  const asked = await heard(alice, 0, 3);
  await send(alice, {
    conversation: asked.conversation,
    text: 'Yes! I bring the tent.',
    replyTo: asked.target,
  });
  await heard(bob, 0, 2);
  const attachments = [{ filename: 'lake.jpg', type: 'image/jpeg', content: picture }];
  await send(bob, { conversation, text: 'That is how it looks today.', attachments });
  await heard(alice, 0, 4);
}

/** A picture without anybody's rights in it. */
async function drawLake(browser: Browser): Promise<string> {
  const page = await browser.newPage({ viewport: { width: 480, height: 270 } });
  await page.setContent(`<body style="margin:0"><svg viewBox="0 0 480 270" width="480" height="270">
    <rect width="480" height="270" fill="#9fd0f2"/><circle cx="380" cy="60" r="26" fill="#fff3b8"/>
    <path d="M0 150L90 60L160 130L250 40L350 140L420 90L480 150z" fill="#5b7f95"/>
    <path d="M0 150h480v120H0z" fill="#3d86b8"/><path d="M0 230q120-30 240 0t240 0v40H0z" fill="#7fa05a"/>
    <path d="M220 190h60l-12 16h-36zM248 190v-60l30 50z" fill="#fff"/></svg></body>`);
  const picture = await page.screenshot({ type: 'jpeg', quality: 80 });
  await page.close();
  return picture.toString('base64');
}

await main();
