import { createHash, randomBytes } from 'node:crypto';
import { link, open as openFile, readFile, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { KeyRotation, Keyring } from './keyring.ts';
import { open, SealBroken, seal } from './seal.ts';

/**
 * A keyring on master keys in a file, of which the first wraps and the others only open. It is made at the first start,
 * readable by its owner alone. Whoever has the file and the data can read the credentials; whoever loses the file loses
 * them.
 *
 * @throws Error when the file is there and holds no master key; it is never replaced
 */
export async function fileKeyring(path: string): Promise<Keyring> {
  let masters = (await readMasterKeys(path)) ?? (await createMasterKey(path));
  /** An operator may have changed the file under a running process; wrapping is rare. */
  const read = async () => {
    masters = (await readMasterKeys(path)) ?? masters;
    return masters;
  };
  const wrap = async (accountId: string, key: Buffer) => {
    const [newest] = await read();
    if (newest === undefined) throw new SealBroken('there is no master key');
    return `${idOf(newest)}.${seal(newest, key, accountId)}`;
  };
  return {
    wrap,
    async wrapNewKey(accountId) {
      const key = randomBytes(32);
      return { key, wrapped: await wrap(accountId, key) };
    },
    async unwrap(accountId, wrapped) {
      const dot = wrapped.indexOf('.');
      const isMaster = (master: Buffer) => idOf(master) === wrapped.slice(0, dot);
      const master = masters.find(isMaster) ?? (await read()).find(isMaster);
      if (master === undefined) throw new SealBroken('it was made under another master key');
      return open(master, wrapped.slice(dot + 1), accountId);
    },
  };
}

/** Changes the master keys of a file while a service may be running on it. */
export function fileKeyRotation(path: string): KeyRotation {
  const change = async (masters: readonly Buffer[]) => {
    const draft = await draftOf(path, masters);
    await rename(draft, path);
    await syncFolder(dirname(path));
  };
  const kept = async () => (await readMasterKeys(path)) ?? [];
  return {
    begin: async () => change([randomBytes(32), ...(await kept())]),
    async forgetUnused(wrapped) {
      const used = new Set(wrapped.map((text) => text.slice(0, text.indexOf('.'))));
      const [newest, ...former] = await kept();
      if (newest !== undefined) await change([newest, ...former.filter((master) => used.has(idOf(master)))]);
    },
  };
}

/** Told with each data key: which master key opens it. */
function idOf(master: Buffer): string {
  return createHash('sha256').update(master).digest('base64url').slice(0, 8);
}

const linePattern = /^coi-push master key 1: ([A-Za-z0-9_-]{43})$/;

async function readMasterKeys(path: string): Promise<Buffer[] | undefined> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const keys = text
    .trim()
    .split('\n')
    .map((line) => linePattern.exec(line)?.[1]);
  const known = keys.filter((key) => key !== undefined);
  if (known.length < keys.length) {
    throw new Error(
      `${path} does not hold a master key. Restore it from a backup; only if there is none, delete it: then everybody has to sign in again.`,
    );
  }
  return known.map((key) => Buffer.from(key, 'base64url'));
}

/** Written aside and linked into place, so that a crash leaves no half key and of two starts at once one key wins. */
async function createMasterKey(path: string): Promise<Buffer[]> {
  const draft = await draftOf(path, [randomBytes(32)]);
  try {
    await link(draft, path);
    await syncFolder(dirname(path));
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  } finally {
    await unlink(draft);
  }
  const masters = await readMasterKeys(path);
  if (masters === undefined) throw new Error(`${path} vanished while it was made`);
  return masters;
}

async function draftOf(path: string, masters: readonly Buffer[]): Promise<string> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  const file = await openFile(draft, 'wx', 0o600);
  try {
    for (const master of masters)
      await file.writeFile(`coi-push master key 1: ${master.toString('base64url')}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  return draft;
}

/** The name is on disk before anything is sealed under the key. Windows cannot open a folder, and needs no such thing. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await openFile(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
