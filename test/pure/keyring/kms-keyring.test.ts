import { GenerateDataKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { limits } from '../../../shared/core/limits.ts';
import type { Keyring } from '../../../shared/keyring/keyring.ts';
import { kmsKeyring, type SharedKeys } from '../../../shared/keyring/kms-keyring.ts';
import { SealBroken } from '../../../shared/keyring/seal.ts';
import { keyringSuite } from '../../support/keyring-suite.ts';
import { type SmallAws, startSmallAws } from '../../support/small-aws.ts';

const keyArn = 'arn:aws:kms:eu-west-1:123456789012:key/0b5c';
let aws: SmallAws;
let other: SmallAws;
let now = 0;
const kept = new Map<number, string>();
/** Three partitions: accounts whose names end with the same number modulo three share a key. */
const sharedKeys: SharedKeys = {
  partitionOf: (accountId) => Number(accountId.at(-1)) % 3,
  get: async (partition) => kept.get(partition),
  async keep(partition, wrapped) {
    if (!kept.has(partition)) kept.set(partition, wrapped);
    return kept.get(partition) ?? wrapped;
  },
};
const clock = { now: () => now, sleep: async () => undefined };

beforeAll(async () => {
  [aws, other] = await Promise.all([startSmallAws(), startSmallAws()]);
});
afterAll(() => Promise.all([aws.close(), other.close()]));
beforeEach(() => {
  now = 1_000_000;
  aws.failures.length = 0;
  aws.services.kmsCalls = 0;
  kept.clear();
});

function open(): Keyring {
  return kmsKeyring({ keyArn, sharedKeys, ...aws.address, clock });
}

keyringSuite(
  'a key of KMS',
  async () => open(),
  async () =>
    kmsKeyring({
      keyArn,
      sharedKeys: { ...sharedKeys, get: async () => undefined, keep: async (_, wrapped) => wrapped },
      ...other.address,
    }),
);

describe('the keyring on KMS', () => {
  it('asks KMS once for a key that is wanted again and again, also by many at once', async () => {
    const { wrapped } = await open().wrapNewKey('account-1');
    aws.services.kmsCalls = 0;
    const keyring = open();
    await Promise.all(Array.from({ length: 20 }, () => keyring.unwrap('account-1', wrapped)));
    for (let minute = 0; minute < 60; minute++) {
      now += 60_000;
      await keyring.unwrap('account-1', wrapped);
    }
    expect(aws.services.kmsCalls).toBe(1);
  });

  it('forgets an opened key after its time, and then asks again', async () => {
    const keyring = open();
    const { wrapped } = await keyring.wrapNewKey('account-1');
    aws.services.kmsCalls = 0;
    await keyring.unwrap('account-1', wrapped);
    expect(aws.services.kmsCalls).toBe(0);
    now += limits.openKeyMs;
    await keyring.unwrap('account-1', wrapped);
    expect(aws.services.kmsCalls).toBe(1);
  });

  it('gives an opened key to nobody but its account', async () => {
    const keyring = open();
    const { wrapped } = await keyring.wrapNewKey('account-1');
    await expect(keyring.unwrap('account-2', wrapped)).rejects.toBeInstanceOf(SealBroken);
  });

  it('goes on while KMS is away with what it has opened, and does not keep a failure', async () => {
    const keyring = open();
    const { key, wrapped } = await open().wrapNewKey('account-1');
    aws.failures.push('DisabledException');
    await expect(keyring.unwrap('account-1', wrapped)).rejects.toThrow();
    expect(await keyring.unwrap('account-1', wrapped)).toEqual(key);
    aws.failures.push('DisabledException');
    expect(await keyring.unwrap('account-1', wrapped)).toEqual(key);
  });

  it('repeats what KMS failed to answer', async () => {
    const { key, wrapped } = await open().wrapNewKey('account-1');
    aws.failures.push('InternalFailure', 'InternalFailure');
    expect(await open().unwrap('account-1', wrapped)).toEqual(key);
  });

  it('tells a key that is not its own from KMS being away', async () => {
    const { wrapped } = await open().wrapNewKey('account-1');
    aws.failures.push('IncorrectKeyException');
    await expect(open().unwrap('account-1', wrapped)).rejects.toBeInstanceOf(SealBroken);
    aws.failures.push('AccessDeniedException');
    await expect(open().unwrap('account-1', wrapped)).rejects.not.toBeInstanceOf(SealBroken);
  });

  it('asks KMS once for all accounts of a partition, and for those of others again', async () => {
    const accounts = ['account-1', 'account-4', 'account-7', 'account-2'];
    const wrapped = await Promise.all(accounts.map(async (id) => (await open().wrapNewKey(id)).wrapped));
    aws.services.kmsCalls = 0;
    const keyring = open();
    for (const [index, id] of accounts.entries()) await keyring.unwrap(id, wrapped[index] ?? '');
    expect(aws.services.kmsCalls).toBe(2);
  });

  it('gives accounts of one partition keys of their own, and opens none for the other', async () => {
    const keyring = open();
    const one = await keyring.wrapNewKey('account-1');
    const other = await keyring.wrapNewKey('account-4');
    expect(one.key).not.toEqual(other.key);
    await expect(keyring.unwrap('account-4', one.wrapped)).rejects.toBeInstanceOf(SealBroken);
  });

  it('opens no key in the name of another partition', async () => {
    const { wrapped } = await open().wrapNewKey('account-1');
    await expect(open().unwrap('account-1', wrapped.replace(/^k2\.1\./, 'k2.2.'))).rejects.toThrow();
  });

  it('opens what was wrapped before accounts shared keys', async () => {
    const client = new KMSClient({ ...aws.address });
    const context = { account: 'account-1' };
    const { CiphertextBlob = [], Plaintext = [] } = await client.send(
      new GenerateDataKeyCommand({ KeyId: keyArn, KeySpec: 'AES_256', EncryptionContext: context }),
    );
    const wrapped = `k1.${Buffer.from(CiphertextBlob).toString('base64url')}`;
    expect(await open().unwrap('account-1', wrapped)).toEqual(Buffer.from(Plaintext));
    await expect(open().unwrap('account-2', wrapped)).rejects.toBeInstanceOf(SealBroken);
  });
});
