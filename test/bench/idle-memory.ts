import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { MailSite } from '../support/dovecot.ts';
import { quantile } from './machine.ts';

const rounds = 3;

/**
 * Resident bytes that a waiting IDLE connection holds, measured in processes of their own, in turns: ours beside imapflow
 * with what it does when only told to wait. Medians.
 */
export async function benchIdleMemory(
  site: MailSite,
  n: number,
): Promise<{ readonly ours: number; readonly imapflow: number }> {
  const found = new Map<'ours' | 'imapflow', number[]>();
  for (let round = 0; round < rounds; round++) {
    for (const kind of ['imapflow', 'ours'] as const) {
      found.set(kind, [...(found.get(kind) ?? []), await measure(site, n, kind)]);
    }
  }
  return {
    ours: quantile(found.get('ours') ?? [], 0.5),
    imapflow: quantile(found.get('imapflow') ?? [], 0.5),
  };
}

async function measure(site: MailSite, n: number, kind: 'ours' | 'imapflow'): Promise<number> {
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
  return (message.after - message.before) / n;
}

function isReading(value: unknown): value is { before: number; after: number } {
  return typeof value === 'object' && value !== null && 'before' in value && 'after' in value;
}
