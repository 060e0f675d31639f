/** Makes and opens the data keys of accounts. Two kinds exist: a key file here, KMS where there is one. */
export type Keyring = {
  /** A new 32-byte data key, and the same wrapped for storing. It can be unwrapped for this account only. */
  wrapNewKey(accountId: string): Promise<{ key: Buffer; wrapped: string }>;
  /** @throws Error when the key was wrapped for another account, under another master key, or was changed */
  unwrap(accountId: string, wrapped: string): Promise<Buffer>;
};
