import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { rootOf, type SystemPart } from './system-parts.ts';
import { unpackPart } from './unpack-part.ts';

/**
 * Provides programs of Debian's: installed where this user may install, else unpacked into a folder of this project.
 *
 * @param say told what takes a while, and how long it took
 * @returns those that cannot be had
 */
export function provideParts(
  parts: readonly SystemPart[],
  say: (line: string) => void,
): readonly SystemPart[] {
  const missing = parts.filter((part) => rootOf(part) === undefined);
  if (missing.length > 0 && spawnSync('apt-get', ['--version']).status === 0) {
    if (process.getuid?.() === 0) installParts(missing, say);
    else for (const part of missing) step(`unpacking ${part.name} into .test`, () => unpackPart(part), say);
  }
  return missing.filter((part) => rootOf(part) === undefined);
}

function installParts(parts: readonly SystemPart[], say: (line: string) => void): void {
  const allowServices = forbidServices();
  try {
    step('apt-get update', () => apt('update', '-q'), say);
    for (const part of parts) {
      step(
        `installing ${part.packages.join(' ')}`,
        () => apt('install', '-y', '-q', '--no-install-recommends', ...part.packages),
        say,
      );
    }
  } finally {
    allowServices();
  }
}

/** Debian starts a service right after installing it, unless this file says no; the tests run their own instance. */
function forbidServices(): () => void {
  const policy = '/usr/sbin/policy-rc.d';
  if (existsSync(policy)) return () => undefined;
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  return () => rmSync(policy);
}

function apt(...args: readonly string[]): void {
  // Somebody else may be installing, and a registry be busy.
  const patience = ['-o', 'DPkg::Lock::Timeout=120', '-o', 'Acquire::Retries=3'];
  const { status, stderr } = spawnSync('apt-get', [...patience, ...args], {
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: 600_000,
  });
  if (status !== 0) throw new Error(stderr.trim() || `apt-get ended with ${status}`);
}

/** Says what takes a while and how long it took. A step that fails is told and does not keep the others from running. */
function step(what: string, run: () => void, say: (line: string) => void): void {
  const startedAt = performance.now();
  const seconds = () => ((performance.now() - startedAt) / 1000).toFixed(1);
  say(`${what} ...`);
  try {
    run();
    say(`${what}: done in ${seconds()} s`);
  } catch (error) {
    say(`${what}: failed after ${seconds()} s: ${error instanceof Error ? error.message : error}`);
  }
}
