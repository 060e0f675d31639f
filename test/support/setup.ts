import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { installCommand, rootOf, type SystemPart, systemParts } from './system-parts.ts';
import { unpackPart } from './unpack-part.ts';

/**
 * Runs before the tests and provides the programs they need: installed where this user may install, else unpacked into a
 * folder of this project. What cannot be had makes its tests skip, which only CI counts as a failure.
 */
function setUp(): void {
  const missing = systemParts.filter((part) => rootOf(part) === undefined);
  if (missing.length === 0) return;
  if (spawnSync('apt-get', ['--version']).status === 0) {
    if (process.getuid?.() === 0) installParts(missing);
    else for (const part of missing) step(`unpacking ${part.name} into .test`, () => unpackPart(part));
  }
  for (const part of missing) {
    if (rootOf(part) !== undefined) continue;
    console.log(`${part.name} is not here: its tests are skipped. To have them: ${installCommand(part)}`);
  }
}

function installParts(parts: readonly SystemPart[]): void {
  const allowServices = forbidServices();
  try {
    step('apt-get update', () => apt('update', '-q'));
    for (const part of parts) {
      step(`installing ${part.packages.join(' ')}`, () =>
        apt('install', '-y', '-q', '--no-install-recommends', ...part.packages),
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
  const { status, stderr } = spawnSync('apt-get', ['-o', 'DPkg::Lock::Timeout=120', ...args], {
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: 600_000,
  });
  if (status !== 0) throw new Error(stderr.trim() || `apt-get ended with ${status}`);
}

/** Says what takes a while and how long it took. A step that fails is told and does not keep the others from running. */
function step(what: string, run: () => void): void {
  const startedAt = performance.now();
  const seconds = () => ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`${what} ...`);
  try {
    run();
    console.log(`${what}: done in ${seconds()} s`);
  } catch (error) {
    console.log(`${what}: failed after ${seconds()} s: ${error instanceof Error ? error.message : error}`);
  }
}

setUp();
