import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Peer, PeerSite } from './peer.ts';
import type { PeerProgram } from './peer-parts.ts';

const lookEveryMs = 500;
/** Until its memory was the same this many times: it has logged in and waits. */
const calmLooks = 4;
const patienceLooks = 60;

/**
 * The memory of so many processes that wait in a mailbox each, for one of them, in bytes. Pages that they share count by
 * parts (`Pss`).
 */
export async function waitingMemory(
  idle: NonNullable<Peer['idle']>,
  { path, env }: PeerProgram,
  dir: string,
  site: PeerSite,
  count: number,
): Promise<number> {
  const children = [];
  try {
    for (let index = 0; index < count; index++) {
      const own = join(dir, `idle-${index}`);
      await mkdir(own);
      const args = await idle(own, site, `peer-${index}@example.test`);
      const log = await open(join(own, 'output'), 'w');
      children.push(
        spawn(path, [...args], {
          cwd: own,
          env: { PATH: process.env['PATH'], HOME: own, ...env },
          stdio: ['ignore', log.fd, log.fd],
        }),
      );
      await log.close();
    }
    const pids = children.map(({ pid = 0 }) => pid);
    const seen: number[] = [];
    while (seen.length < calmLooks || new Set(seen.slice(-calmLooks)).size > 1) {
      if (seen.length === patienceLooks) break;
      await delay(lookEveryMs);
      const shares = await Promise.all(pids.map(shareOf));
      seen.push(shares.reduce((sum, share) => sum + share, 0) / count);
    }
    return seen.at(-1) ?? Number.NaN;
  } finally {
    await Promise.all(
      children.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        child.kill('SIGKILL');
        await once(child, 'exit');
      }),
    );
  }
}

/** @throws Error when the process has ended: it does not wait */
async function shareOf(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? Number.NaN) * 1024;
}
