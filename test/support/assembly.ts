import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

/**
 * The synthesized cloud assembly of the stack, as `npx cdk synth` makes it: the folder it lies in. Made once for the same
 * sources and context, by a process without credentials that cannot reach the network.
 *
 * @param context the configuration, like `{ 'coi:admit': '*' }`
 */
export async function assembly(context: Readonly<Record<string, string>> = {}): Promise<string> {
  const key = createHash('sha256')
    .update(JSON.stringify(context))
    .update(sourcesHash())
    .digest('hex')
    .slice(0, 16);
  const dir = join(root, '.test', `assembly-${key}`);
  if (existsSync(dir)) return dir;
  const draft = `${dir}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  mkdirSync(draft, { recursive: true });
  try {
    await synth(draft, context);
    renameSync(draft, dir);
    removeOld();
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    // Another test was faster.
    if (!existsSync(dir)) throw error;
  }
  return dir;
}

/** What the process says on standard error. Rejects when it fails, with what it said. */
export async function synth(outdir: string, context: Readonly<Record<string, unknown>>): Promise<string> {
  const { stderr } = await run(process.execPath, ['--import', noNetwork, '--import', 'tsx', 'infra/app.ts'], {
    cwd: root,
    env: {
      PATH: process.env['PATH'],
      HOME: '/nowhere',
      CDK_OUTDIR: outdir,
      CDK_CONTEXT_JSON: JSON.stringify(context),
    },
    maxBuffer: 16 * 1024 * 1024,
  });
  return stderr;
}

/** Assemblies of sources that are long gone. */
function removeOld(): void {
  for (const name of readdirSync(join(root, '.test')).filter((each) => each.startsWith('assembly-'))) {
    const path = join(root, '.test', name);
    const ageMs = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (ageMs > 24 * 3_600_000) rmSync(path, { recursive: true, force: true });
  }
}

const noNetwork = `data:text/javascript,${encodeURIComponent(
  "import { Socket } from 'node:net'; Socket.prototype.connect = () => { throw new Error('the network was asked') };",
)}`;

function sourcesHash(): string {
  const hash = createHash('sha256').update(process.version);
  for (const folder of ['functions', 'shared', 'infra']) {
    for (const name of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).toSorted()) {
      if (/\.(?:tsx?|m?js|css|html|svg|png|webmanifest)$/.test(name))
        hash.update(name).update(readFileSync(join(root, folder, name)));
    }
  }
  return hash.update(readFileSync(join(root, 'package-lock.json'))).digest('hex');
}
