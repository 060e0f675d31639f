/** Makes and opens the data keys of accounts. Two kinds exist: a key file here, KMS where there is one. */
export type Keyring = {
  /** A new 32-byte data key, and the same wrapped for storing. It can be unwrapped for this account only. */
  wrapNewKey(accountId: string): Promise<{ key: Buffer; wrapped: string }>;
  /** A data key that is there already, wrapped for its account under the newest key that wraps. */
  wrap(accountId: string, key: Buffer): Promise<string>;
  /** @throws Error when the key was wrapped for another account, under a key that is not there, or was changed */
  unwrap(accountId: string, wrapped: string): Promise<Buffer>;
};

/** Replaces what wraps data keys, for an operator. Data keys themselves stay, and so does what they seal. */
export type KeyRotation = {
  /** From now on data keys are wrapped under a new key; those wrapped before still open. */
  begin(): Promise<void>;
  /** Forgets keys that wrap none of these any more. */
  forgetUnused(wrapped: readonly string[]): Promise<void>;
};
