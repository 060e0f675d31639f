import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type SystemPart, unpackedAt } from './system-parts.ts';

/**
 * Downloads a part's Debian packages, with those it needs that this machine lacks, and unpacks them below a folder of
 * this project. For an ordinary user: nothing is installed.
 *
 * @throws Error when apt cannot download
 */
export function unpackPart(part: SystemPart): void {
  const target = unpackedAt(part);
  const unfinished = `${target}.unfinished`;
  const debs = join(unfinished, 'debs');
  rmSync(unfinished, { recursive: true, force: true });
  rmSync(target, { recursive: true, force: true });
  for (const dir of ['debs', 'apt/lists/partial', 'apt/cache/archives/partial']) {
    mkdirSync(join(unfinished, dir), { recursive: true });
  }
  const options = [
    // The machine's own package lists may be empty or old, and only root can renew them.
    '-o',
    `Dir::State::Lists=${join(unfinished, 'apt/lists')}`,
    '-o',
    `Dir::Cache=${join(unfinished, 'apt/cache')}`,
    '-o',
    'Acquire::Retries=3',
  ];
  const apt = (cwd: string, ...args: readonly string[]) =>
    execFileSync('apt-get', [...options, '-q', ...args], {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  apt(unfinished, 'update');
  const plan = apt(unfinished, 'install', '--simulate', '--no-install-recommends', ...part.packages);
  const packages = [...plan.matchAll(/^Inst (\S+)/gm)].map(([, name = '']) => name);
  apt(debs, 'download', ...packages);
  for (const deb of readdirSync(debs)) execFileSync('dpkg', ['-x', join(debs, deb), unfinished]);
  for (const dir of ['debs', 'apt']) rmSync(join(unfinished, dir), { recursive: true });
  redirectPaths(part, unfinished, shortLink(target));
  renameSync(unfinished, target);
}

/** Fixed paths are overwritten in our unpacked copy with shorter ones, which lead there through a link. */
function redirectPaths({ fixedPaths }: SystemPart, root: string, link: string): void {
  if (fixedPaths === undefined) return;
  const program = join(root, fixedPaths.file);
  const content = readFileSync(program);
  for (const { path, link: name } of fixedPaths.paths) {
    symlinkSync(path.slice(1), join(root, name));
    for (let at = content.indexOf(path); at >= 0; at = content.indexOf(path, at)) {
      const end = content.indexOf(0, at);
      const redirected = `${link}/${name}${content.toString('latin1', at + path.length, end)}`;
      content.fill(0, at, end).write(redirected, at, 'latin1');
    }
  }
  writeFileSync(program, content);
}

/** The link for an unpacked part, made where it is missing: the temporary folder is emptied now and then. */
export function linkTo(root: string): void {
  const link = shortLink(root);
  if (!existsSync(link)) symlinkSync(root, link);
  else if (readlinkSync(link) !== root) throw new Error(`${link} leads elsewhere`);
}

/** Short enough to take the place of the paths in the library. */
function shortLink(root: string): string {
  return `/tmp/dv${createHash('sha256').update(root).digest('hex').slice(0, 6)}`;
}
