import { join } from 'node:path';
import { type Browser, chromium as driver } from 'playwright-core';
import { chromium, libraryPath, rootOf } from './system-parts.ts';

/** Whether there is a Chromium to test with. */
export const hasChromium = rootOf(chromium) !== undefined;

/** A stock Chromium without a window. */
export async function startChromium(): Promise<Browser> {
  const root = rootOf(chromium);
  if (root === undefined) throw new Error('there is no Chromium here');
  return driver.launch({
    executablePath: join(root, 'usr/lib/chromium/chromium-headless-shell'),
    // Root may not have the sandbox, and an ordinary user may lack its namespace.
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
    ...(root === '/' ? {} : { env: { LD_LIBRARY_PATH: libraryPath(root) } }),
  });
}
