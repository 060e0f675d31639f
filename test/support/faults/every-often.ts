import { setTimeout as delay } from 'node:timers/promises';

/** Looks four times a second until it is so: what is looked at is work for those that are tested. False when it never is. */
export async function everyOften(isSo: () => boolean | Promise<boolean>, ms: number): Promise<boolean> {
  const until = performance.now() + ms;
  while (!(await isSo())) {
    if (performance.now() > until) return false;
    await delay(250);
  }
  return true;
}
