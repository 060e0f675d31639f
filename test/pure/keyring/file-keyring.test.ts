import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileKeyRotation, fileKeyring } from '../../../shared/keyring/file-keyring.ts';
import { keyringSuite } from '../../support/keyring-suite.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coi-push-keyring-'));
});
afterAll(() => rm(folder, { recursive: true }));

keyringSuite(
  'A key file',
  () => fileKeyring(join(folder, 'suite.key')),
  () => fileKeyring(join(folder, 'other.key')),
);

describe('A key file', () => {
  it('is made at the first start, for its owner alone', async () => {
    const path = join(folder, 'new.key');
    await fileKeyring(path);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('is not replaced at the next start', async () => {
    const path = join(folder, 'kept.key');
    await fileKeyring(path);
    const before = await readFile(path, 'utf8');
    await fileKeyring(path);
    expect(await readFile(path, 'utf8')).toBe(before);
  });

  it('holds one key when several starts make it at once, and leaves nothing else behind', async () => {
    const own = await mkdtemp(join(folder, 'race-'));
    const keyrings = await Promise.all(Array.from({ length: 8 }, () => fileKeyring(join(own, 'master.key'))));
    const made = await keyrings[0]?.wrapNewKey('account-1');
    for (const keyring of keyrings) {
      expect(await keyring.unwrap('account-1', made?.wrapped ?? '')).toEqual(made?.key);
    }
    expect(await readdir(own)).toEqual(['master.key']);
  });

  it.each([
    '',
    '\n',
    'not a key',
    'coi-push master key 1: short\n',
    `coi-push master key 2: ${'A'.repeat(43)}`,
  ])('that holds %j is refused and left as it is', async (content) => {
    const path = join(await mkdtemp(join(folder, 'bad-')), 'bad.key');
    await writeFile(path, content);
    await expect(fileKeyring(path)).rejects.toThrow(/does not hold a master key/);
    expect(await readFile(path, 'utf8')).toBe(content);
  });

  it('changes its master key under keyrings that are open, and opens what was wrapped before', async () => {
    const path = join(folder, 'rotated.key');
    const running = await fileKeyring(path);
    const before = await running.wrapNewKey('account-1');
    const rotation = fileKeyRotation(path);
    await rotation.begin();
    const after = await running.wrapNewKey('account-1');
    expect(after.wrapped.split('.')[0]).not.toBe(before.wrapped.split('.')[0]);
    for (const keyring of [running, await fileKeyring(path)]) {
      expect(await keyring.unwrap('account-1', before.wrapped)).toEqual(before.key);
      expect(await keyring.unwrap('account-1', after.wrapped)).toEqual(after.key);
    }
    expect((await stat(path)).mode & 0o777).toBe(0o600);

    const wrappedAnew = await running.wrap('account-1', before.key);
    await rotation.forgetUnused([before.wrapped, wrappedAnew]);
    expect(await (await fileKeyring(path)).unwrap('account-1', before.wrapped)).toEqual(before.key);
    await rotation.forgetUnused([wrappedAnew]);
    const reopened = await fileKeyring(path);
    expect(await reopened.unwrap('account-1', wrappedAnew)).toEqual(before.key);
    await expect(reopened.unwrap('account-1', before.wrapped)).rejects.toThrow(/another master key/);
  });

  it('says so when a key was made under another master key', async () => {
    const { wrapped } = await (await fileKeyring(join(folder, 'one.key'))).wrapNewKey('account-1');
    const other = await fileKeyring(join(folder, 'two.key'));
    await expect(other.unwrap('account-1', wrapped)).rejects.toThrow(/another master key/);
  });
});
