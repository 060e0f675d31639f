import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium, startChromium } from '../support/chromium.ts';
import { eventually } from '../support/eventually.ts';
import { type RunningService, startService } from '../support/running-service.ts';

const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const phone = { width: 390, height: 844 };
const desktop = { width: 1280, height: 800 };

describe.skipIf(!hasChromium)('the client in a real Chromium', () => {
  let dir: string;
  let service: RunningService;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let links: readonly string[];
  const faults: string[] = [];
  const asked = new Set<string>();

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'coi-push-client-'));
    [service, browser] = await Promise.all([startService({ DATA_DIR: dir }, ['--demo']), startChromium()]);
    links = await eventually('the links', async () => {
      const found = service.output().match(/http:\/\/\S+#\/token\/\S+/g) ?? [];
      return found.length === 2 ? found : undefined;
    });
    context = await browser.newContext({ viewport: phone });
    page = await context.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') faults.push(message.text());
    });
    page.on('pageerror', (error) => faults.push(String(error)));
    page.on('request', (request) => asked.add(new URL(request.url()).origin));
    await page.goto(links[0] ?? '');
  });

  afterAll(async () => {
    await browser?.close();
    await service?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  it('shows the chats of who opened the link, and keeps the token out of the address', async () => {
    await page.getByRole('link', { name: /bob/i }).waitFor();
    expect(page.url()).not.toContain('token');
  });

  it('shows a conversation, and sends what is written', async () => {
    await page.getByRole('link', { name: /bob/i }).click();
    await page.getByText('Hi Alice! This is ordinary e-mail.').waitFor();
    await page.getByRole('textbox', { name: 'Write a message' }).fill('Sent from Chromium <b>not bold</b>');
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await page.getByText('Sent from Chromium <b>not bold</b>').waitFor();
  });

  it('shows it to the other one, beside it in the same browser', async () => {
    const bob = await context.newPage();
    await bob.goto(links[1] ?? '');
    await bob.getByRole('link', { name: /alice/i }).click();
    await bob.getByText('Sent from Chromium <b>not bold</b>').waitFor();
    await bob.close();
  });

  it('reacts to a message', async () => {
    const bubble = page.getByRole('article').filter({ hasText: 'ordinary e-mail' });
    await bubble.getByRole('button', { name: 'Actions' }).click();
    await bubble.getByRole('button', { name: 'React 👍' }).click();
    await bubble.locator('.reactions').getByText('👍').waitFor();
  });

  it('asks nobody but its own origin, and nothing in it goes against its policy', () => {
    expect([...asked].filter((origin) => origin !== 'null')).toEqual([new URL(links[0] ?? '').origin]);
    expect(faults).toEqual([]);
  });

  it.each([
    ['phone', 'light', phone],
    ['phone', 'dark', phone],
    ['desktop', 'light', desktop],
    ['desktop', 'dark', desktop],
  ] as const)('has nothing that axe objects to, on a %s in %s', async (_, colorScheme, viewport) => {
    const conversation = new URL(page.url()).hash;
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme });
    for (const hash of [
      '#/',
      conversation,
      `${conversation}/info`,
      '#/new',
      '#/group',
      '#/contacts',
      '#/settings',
    ]) {
      await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
      await page.getByRole('heading', { level: 1 }).last().waitFor({ state: 'attached' });
      expect(await violations(page), hash).toBe('');
    }
    await page.evaluate(`location.hash = ${JSON.stringify(conversation)}`);
  });

  it('shows what it knows without a connection', async () => {
    await page.evaluate('navigator.serviceWorker.ready.then(() => undefined)');
    await context.setOffline(true);
    await page.reload();
    await page.getByText('You are offline.', { exact: false }).waitFor();
    await page.getByText('Hi Alice! This is ordinary e-mail.').waitFor();
    await context.setOffline(false);
  });

  it('keeps nothing of the account after signing out', async () => {
    await page.evaluate("location.hash = '#/settings'");
    await page.getByRole('button', { name: 'Sign out', exact: true }).last().click();
    await page.getByRole('textbox', { name: 'E-mail address' }).waitFor();
    expect(await page.evaluate(keptInPage)).toEqual([]);
    expect(await violations(page)).toBe('');
  });
});

const keptInPage = `new Promise((resolve) => {
  indexedDB.open('coi-chat', 1).onsuccess = ({ target }) => {
    target.result.transaction('kept').objectStore('kept').getAllKeys().onsuccess = (event) => resolve(event.target.result);
  };
})`;

/** By DevTools' own evaluation, which the page's policy is no hindrance to. */
async function violations(page: Page): Promise<string> {
  await page.evaluate(await readFile(axePath, 'utf8'));
  const found: unknown = await page.evaluate(
    'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html).join(" ")))',
  );
  return Array.isArray(found) ? found.join('\n') : 'no answer';
}
