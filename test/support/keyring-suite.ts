import { describe, expect, it } from 'vitest';
import type { Keyring } from '../../shared/keyring/keyring.ts';

/** What every keyring promises. `openKeyring` opens the same keyring each time; `openOther` one with other master keys. */
export function keyringSuite(
  name: string,
  openKeyring: () => Promise<Keyring>,
  openOther: () => Promise<Keyring>,
): void {
  describe(`${name} as a keyring`, () => {
    it('unwraps the key that it wrapped, also after it was opened anew', async () => {
      const { key, wrapped } = await (await openKeyring()).wrapNewKey('account-1');
      expect(key).toHaveLength(32);
      expect(await (await openKeyring()).unwrap('account-1', wrapped)).toEqual(key);
    });

    it('makes another key each time', async () => {
      const keyring = await openKeyring();
      const made = await Promise.all([keyring.wrapNewKey('account-1'), keyring.wrapNewKey('account-1')]);
      expect(made[0].key).not.toEqual(made[1].key);
      expect(made[0].wrapped).not.toBe(made[1].wrapped);
    });

    it('does not unwrap a key for another account', async () => {
      const keyring = await openKeyring();
      const { wrapped } = await keyring.wrapNewKey('account-1');
      await expect(keyring.unwrap('account-2', wrapped)).rejects.toThrow();
    });

    it('does not unwrap a key that another keyring wrapped', async () => {
      const { wrapped } = await (await openOther()).wrapNewKey('account-1');
      await expect((await openKeyring()).unwrap('account-1', wrapped)).rejects.toThrow();
    });

    it('does not unwrap what was changed or is none of its texts', async () => {
      const keyring = await openKeyring();
      const { wrapped } = await keyring.wrapNewKey('account-1');
      const middle = Math.floor(wrapped.length / 2);
      const changed =
        wrapped.slice(0, middle) + (wrapped[middle] === 'A' ? 'B' : 'A') + wrapped.slice(middle + 1);
      await expect(keyring.unwrap('account-1', changed)).rejects.toThrow();
      await expect(keyring.unwrap('account-1', wrapped.slice(0, -4))).rejects.toThrow();
      await expect(keyring.unwrap('account-1', '')).rejects.toThrow();
    });

    it('does not show the key in what is stored', async () => {
      const { key, wrapped } = await (await openKeyring()).wrapNewKey('account-1');
      for (const encoding of ['base64', 'base64url', 'hex'] as const) {
        expect(wrapped).not.toContain(key.toString(encoding).slice(0, 20));
      }
    });
  });
}
