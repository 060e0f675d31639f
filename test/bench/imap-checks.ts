import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { MailSite } from '../support/dovecot.ts';
import { startFlightCounter } from './flight-counter.ts';
import type { CheckKind, CheckTask } from './imap-checks-child.ts';
import { quantile } from './machine.ts';

export type CheckFigures = {
  /** Checks per second of the client's CPU: median, lowest and highest of the rounds. */
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
  /** Times the client waits for an answer in one check, TLS and greeting included, TCP's own handshake not. */
  readonly roundTrips: number;
};

const kinds = ['imapflow', 'ours', 'ours-with-list', 'ours-flow'] as const satisfies readonly CheckKind[];
const rounds = 5;
const checksPerRound = 160;
/** A process that polls lives for hours: by then, everything is compiled, and TLS sessions are kept. */
const warmingChecks = 960;

/**
 * What one brief check of a mailbox costs the client (connect, log in, open INBOX, leave; nothing new), 20 at a time. Each
 * kind in a process of its own, in turns: imapflow as it comes; ours; ours with LIST; and the flow of a scheduled poll.
 */
export async function benchChecks(site: MailSite): Promise<Readonly<Record<CheckKind, CheckFigures>>> {
  const users = Array.from({ length: 20 }, (_, index) => `bench-check-${index}@example.test`);
  const children = new Map<CheckKind, ChildProcess>();
  try {
    const perCheck = new Map<CheckKind, number[]>();
    for (const kind of kinds) {
      const child = fork(new URL('./imap-checks-child.ts', import.meta.url), [], {
        execArgv: ['--import', 'tsx'],
      });
      children.set(kind, child);
      await ask(child, { site, kind, users });
      await ask(child, { checks: warmingChecks });
    }
    for (let round = 0; round < rounds; round++) {
      for (const [kind, child] of children) {
        perCheck.set(kind, [...(perCheck.get(kind) ?? []), await ask(child, { checks: checksPerRound })]);
      }
    }
    const counter = await startFlightCounter(site.imap.port);
    const figures = async (kind: CheckKind): Promise<CheckFigures> => {
      const child = children.get(kind);
      if (child === undefined) throw new Error(`no process for ${kind}`);
      await ask(child, { port: counter.port });
      counter.take();
      await ask(child, { port: counter.port });
      const perSecond = (perCheck.get(kind) ?? []).map((ms) => 1000 / ms);
      return {
        median: quantile(perSecond, 0.5),
        lowest: Math.min(...perSecond),
        highest: Math.max(...perSecond),
        roundTrips: counter.take(),
      };
    };
    const found = {
      imapflow: await figures('imapflow'),
      ours: await figures('ours'),
      'ours-with-list': await figures('ours-with-list'),
      'ours-flow': await figures('ours-flow'),
    };
    await counter.close();
    return found;
  } finally {
    for (const child of children.values()) child.kill();
  }
}

async function ask(child: ChildProcess, task: CheckTask): Promise<number> {
  child.send(task);
  const [answer]: unknown[] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => [undefined]),
  ]);
  if (typeof answer !== 'number') throw new Error('a process that makes checks ended early');
  return answer;
}
