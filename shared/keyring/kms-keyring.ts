import { randomBytes } from 'node:crypto';
import {
  DecryptCommand,
  GenerateDataKeyCommand,
  IncorrectKeyException,
  InvalidCiphertextException,
  KMSClient,
} from '@aws-sdk/client-kms';
import { type AwsAddress, awsClientOptions } from '../core/aws-client.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import { limits } from '../core/limits.ts';
import { KeyCache } from './key-cache.ts';
import type { KeyRotation, Keyring } from './keyring.ts';
import { open, SealBroken, seal } from './seal.ts';

/** Where the keys lie that the accounts of one partition have in common, each wrapped by KMS. */
export type SharedKeys = {
  partitionOf(accountId: string): number;
  get(partition: number): Promise<string | undefined>;
  /** Keeps the first one that is made for a partition, and gives the one that is kept. */
  keep(partition: number, wrapped: string): Promise<string>;
};

export type KmsKeyringOptions = AwsAddress & {
  /** The key that wraps; a key that is named by an alias could become another one. */
  readonly keyArn: string;
  readonly sharedKeys: SharedKeys;
  readonly clock?: Clock;
};

/**
 * A keyring on a key of AWS KMS, which never leaves KMS. Each account has a data key of its own, bound to it and wrapped by
 * the key of its partition, which KMS wraps: with the partition as encryption context, so that KMS opens it as no other's
 * and notes in CloudTrail which it opened. Opened keys stay in memory for a while. What is asked of KMS so grows with the
 * partitions that a process deals with; a key of KMS for each account would be asked for at nearly every login, for
 * workers come and go, and pollers take whatever account is due.
 */
export function kmsKeyring(options: KmsKeyringOptions): Keyring {
  const { keyArn, sharedKeys, clock = systemClock, ...address } = options;
  const client = new KMSClient(awsClientOptions(address, { sockets: limits.keySockets }));
  const cache = new KeyCache({ entries: limits.openKeys, keptMs: limits.openKeyMs }, clock);
  const decrypted = (context: Context, wrapped: string) =>
    cache.get(`${JSON.stringify(context)} ${wrapped}`, () => decrypt(client, keyArn, context, wrapped));
  const openShared = (partition: number, shared: string) =>
    decrypted({ partition: String(partition) }, shared);
  const wrap = async (accountId: string, key: Buffer) => {
    const partition = sharedKeys.partitionOf(accountId);
    const shared =
      (await sharedKeys.get(partition)) ??
      (await sharedKeys.keep(partition, await newSharedKey(client, keyArn, partition)));
    return `k2.${partition}.${shared}.${seal(await openShared(partition, shared), key, accountId)}`;
  };
  return {
    wrap,
    async wrapNewKey(accountId) {
      const key = randomBytes(32);
      return { key, wrapped: await wrap(accountId, key) };
    },
    async unwrap(accountId, wrapped) {
      const [, partition, shared, sealed] = /^k2\.(\d+)\.([A-Za-z0-9_-]+)\.(.+)$/.exec(wrapped) ?? [];
      if (shared !== undefined && sealed !== undefined)
        return open(await openShared(Number(partition), shared), sealed, accountId);
      // Until November 2026 KMS wrapped the key of each account.
      const [, own] = /^k1\.([A-Za-z0-9_-]+)$/.exec(wrapped) ?? [];
      if (own === undefined) throw new SealBroken('its form is unknown');
      return decrypted({ account: accountId }, own);
    },
  };
}

/**
 * New keys for all partitions, under the key of KMS that is named now. What was wrapped under those before names them
 * itself, so that there is nothing to forget.
 */
export function kmsKeyRotation(
  options: KmsKeyringOptions & {
    readonly partitions: number;
    replace(partition: number, wrapped: string): Promise<void>;
  },
): KeyRotation {
  const { keyArn, partitions, replace, sharedKeys, clock, ...address } = options;
  const client = new KMSClient(awsClientOptions(address, { sockets: limits.keySockets }));
  return {
    async begin() {
      for (let partition = 0; partition < partitions; partition++) {
        if ((await sharedKeys.get(partition)) !== undefined)
          await replace(partition, await newSharedKey(client, keyArn, partition));
      }
    },
    forgetUnused: async () => undefined,
  };
}

/** What KMS binds a key to. */
type Context = Readonly<Record<string, string>>;

async function newSharedKey(client: KMSClient, keyArn: string, partition: number): Promise<string> {
  const reply = await client.send(
    new GenerateDataKeyCommand({
      KeyId: keyArn,
      KeySpec: 'AES_256',
      EncryptionContext: { partition: String(partition) },
    }),
  );
  return Buffer.from(reply.CiphertextBlob ?? []).toString('base64url');
}

async function decrypt(
  client: KMSClient,
  keyArn: string,
  context: Context,
  wrapped: string,
): Promise<Buffer> {
  try {
    const reply = await client.send(
      new DecryptCommand({
        KeyId: keyArn,
        CiphertextBlob: Buffer.from(wrapped, 'base64url'),
        EncryptionContext: { ...context },
      }),
    );
    return keyOf(reply.Plaintext);
  } catch (cause) {
    if (cause instanceof InvalidCiphertextException || cause instanceof IncorrectKeyException)
      throw new SealBroken('KMS does not open it with this context and this key', { cause });
    throw cause;
  }
}

function keyOf(plaintext: Uint8Array | undefined): Buffer {
  if (plaintext?.length !== 32) throw new Error('KMS gave no key of 32 bytes');
  return Buffer.from(plaintext);
}
