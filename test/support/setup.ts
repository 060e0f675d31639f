import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** System parts that tests need and npm does not have: what they are for, how to tell that they are there. */
export const systemParts = [
  {
    name: 'Dovecot',
    file: '/usr/sbin/dovecot',
    packages: ['dovecot-core', 'dovecot-imapd', 'dovecot-lmtpd', 'dovecot-submissiond'],
  },
  { name: 'Firefox', file: '/usr/bin/firefox-esr', packages: ['firefox-esr'] },
] as const;

export type SystemPart = (typeof systemParts)[number];

/** The command that installs a part by hand. */
export function installCommand(part: SystemPart): string {
  return `sudo apt-get update && sudo apt-get install --no-install-recommends ${part.packages.join(' ')}`;
}

/** Installs what is missing, where this user may; tells what it does. Missing parts make their tests skip, not fail. */
function setUp(): void {
  const missing = systemParts.filter((part) => !existsSync(part.file));
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0 || spawnSync('apt-get', ['--version']).status !== 0) {
    for (const part of missing) {
      console.log(
        `${part.name} is not here, so its tests are skipped. To have them: ${installCommand(part)}`,
      );
    }
    return;
  }
  step('apt-get update', ['update', '-q']);
  for (const part of missing) {
    step(`installing ${part.name} (${part.packages.join(' ')})`, [
      'install',
      '-y',
      '-q',
      '--no-install-recommends',
      ...part.packages,
    ]);
  }
}

function step(what: string, args: readonly string[]): void {
  const startedAt = performance.now();
  console.log(`${what} ...`);
  const { status, stderr } = spawnSync('apt-get', args, {
    encoding: 'utf8',
    // Debian starts a service right after installing it; the tests run their own instance.
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: 600_000,
  });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(
    status === 0 ? `${what}: done in ${seconds} s` : `${what}: failed after ${seconds} s\n${stderr}`,
  );
}

setUp();
