import { createHash, randomBytes } from 'node:crypto';
import { link, open as openFile, readFile, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Keyring } from './keyring.ts';
import { open, SealBroken, seal } from './seal.ts';

/**
 * A keyring on one master key in a file, which is made at the first start, readable by its owner alone. Whoever has the
 * file and the data can read the credentials; whoever loses the file loses them.
 *
 * @throws Error when the file is there and holds no master key; it is never replaced
 */
export async function fileKeyring(path: string): Promise<Keyring> {
  const master = (await readMasterKey(path)) ?? (await createMasterKey(path));
  const keyId = createHash('sha256').update(master).digest('base64url').slice(0, 8);
  return {
    async wrapNewKey(accountId) {
      const key = randomBytes(32);
      return { key, wrapped: `${keyId}.${seal(master, key, accountId)}` };
    },
    async unwrap(accountId, wrapped) {
      const dot = wrapped.indexOf('.');
      if (wrapped.slice(0, dot) !== keyId) throw new SealBroken('it was made under another master key');
      return open(master, wrapped.slice(dot + 1), accountId);
    },
  };
}

const filePattern = /^coi-push master key 1: ([A-Za-z0-9_-]{43})\s*$/;

async function readMasterKey(path: string): Promise<Buffer | undefined> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const [, key] = filePattern.exec(text) ?? [];
  if (key === undefined) {
    throw new Error(
      `${path} does not hold a master key. Restore it from a backup; only if there is none, delete it: then everybody has to sign in again.`,
    );
  }
  return Buffer.from(key, 'base64url');
}

/** Written aside and linked into place, so that a crash leaves no half key and of two starts at once one key wins. */
async function createMasterKey(path: string): Promise<Buffer> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  const file = await openFile(draft, 'wx', 0o600);
  try {
    await file.writeFile(`coi-push master key 1: ${randomBytes(32).toString('base64url')}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(draft, path);
    await syncFolder(dirname(path));
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  } finally {
    await unlink(draft);
  }
  const master = await readMasterKey(path);
  if (master === undefined) throw new Error(`${path} vanished while it was made`);
  return master;
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
