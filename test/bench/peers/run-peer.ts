import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { PeerProgram } from './peer-parts.ts';

export type PeerRun = {
  readonly code: number;
  readonly wallMs: number;
  /** User and system time of it and of all that it started; the shell's `times` counts in hundredths of a second. */
  readonly cpuMs: number;
  /** Most resident memory that it was seen with, in bytes. */
  readonly peakBytes: number;
};

const lookEveryMs = 20;

/** Runs a program to its end. What it writes goes to a file: one that held a pipe of ours open has hung a run. */
export async function runPeer(
  dir: string,
  { path, env }: PeerProgram,
  args: readonly string[],
): Promise<PeerRun> {
  const log = await open(join(dir, 'output'), 'w');
  const startedAt = performance.now();
  const shell = spawn('sh', ['-c', `"$@" >&2; code=$?; times; exit $code`, 'sh', path, ...args], {
    cwd: dir,
    env: { PATH: process.env['PATH'], HOME: dir, ...env },
    stdio: ['ignore', 'pipe', log.fd],
  });
  let times = '';
  shell.stdout?.on('data', (chunk) => {
    times += String(chunk);
  });
  let peakBytes = 0;
  const looking = setInterval(() => {
    peakBytes = Math.max(peakBytes, ...childrenOf(shell.pid ?? 0).map(peakOf));
  }, lookEveryMs);
  try {
    const [code] = await once(shell, 'close');
    return {
      code: Number(code ?? -1),
      wallMs: performance.now() - startedAt,
      cpuMs: cpuIn(times),
      peakBytes,
    };
  } finally {
    clearInterval(looking);
    await log.close();
  }
}

/** `times` tells of the shell in its first line and of its children in the second: `0m1.230000s 0m0.450000s`. */
function cpuIn(times: string): number {
  const [, children = ''] = times.trim().split('\n');
  return [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + (Number(minutes) * 60 + Number(seconds)) * 1000,
    0,
  );
}

function childrenOf(pid: number): readonly number[] {
  return textOf(`/proc/${pid}/task/${pid}/children`).trim().split(' ').filter(Boolean).map(Number);
}

function peakOf(pid: number): number {
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(textOf(`/proc/${pid}/status`))?.[1] ?? 0) * 1024;
}

/** Nothing of a process that has ended. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
