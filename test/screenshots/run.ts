import { mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChromium } from '../support/chromium.ts';
import { eventually } from '../support/eventually.ts';
import { startService } from '../support/running-service.ts';

const images = new URL('../../.github/images/', import.meta.url).pathname;
const phone = { width: 390, height: 700 };
const desktop = { width: 1000, height: 620 };

/** `npm run screenshots`: the pictures of the README, taken of the demo. */
async function main(): Promise<void> {
  mkdirSync(images, { recursive: true });
  const dir = await mkdtemp(join(tmpdir(), 'coi-push-screenshots-'));
  const [service, browser] = await Promise.all([
    startService({ DATA_DIR: dir }, ['--demo']),
    startChromium(),
  ]);
  try {
    const link = await eventually(
      'the link',
      async () => /http:\/\/\S+\/demo\/alice$/m.exec(service.output())?.[0],
    );
    const page = await browser.newPage({ viewport: phone });
    const take = (name: string) => page.screenshot({ path: join(images, `${name}.png`) });
    await page.goto(new URL('/', link).href);
    await page.getByRole('textbox').waitFor();
    await take('sign-in');
    await page.goto(link);
    await page.reload();
    await page.getByRole('link', { name: /bob/i }).waitFor();
    await take('chats');
    await page.getByRole('link', { name: /bob/i }).click();
    await page.getByText('Hi Alice! This is ordinary e-mail.').waitFor();
    await take('conversation');
    await page.setViewportSize(desktop);
    await page.emulateMedia({ colorScheme: 'dark' });
    await take('desktop-dark');
    await page.evaluate("location.hash = '#/settings'");
    await page.setViewportSize(phone);
    await page.emulateMedia({ colorScheme: 'light' });
    await page.getByText('this device', { exact: true }).waitFor();
    await take('settings');
  } finally {
    await browser.close();
    await service.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

await main();
