import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { MailSite } from '../support/dovecot.ts';

export type IdleFigures = {
  readonly connections: number;
  /** Resident memory of the process before the first connection and with all of them waiting, in bytes. */
  readonly before: number;
  readonly after: number;
  readonly perConnection: number;
};

/**
 * What a waiting IDLE connection holds in memory, measured in a process of its own: ours beside imapflow with what it does
 * when only told to wait.
 */
export async function benchIdleMemory(
  site: MailSite,
  n: number,
): Promise<{ readonly ours: IdleFigures; readonly imapflow: IdleFigures }> {
  return { ours: await measure(site, n, 'ours'), imapflow: await measure(site, n, 'imapflow') };
}

async function measure(site: MailSite, n: number, kind: 'ours' | 'imapflow'): Promise<IdleFigures> {
  const child = fork(new URL('./idle-memory-child.ts', import.meta.url), [], {
    execArgv: ['--import', 'tsx', '--expose-gc'],
  });
  child.send({ site, n, kind });
  const [message]: unknown[] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => [undefined]),
  ]);
  child.kill();
  if (!isReading(message)) throw new Error(`the ${kind} process told nothing`);
  const { before, after } = message;
  return { connections: n, before, after, perConnection: Math.round((after - before) / n) };
}

function isReading(value: unknown): value is { before: number; after: number } {
  return typeof value === 'object' && value !== null && 'before' in value && 'after' in value;
}
