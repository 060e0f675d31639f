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
import type { Keyring } from './keyring.ts';
import { SealBroken } from './seal.ts';

export type KmsKeyringOptions = AwsAddress & {
  /** The key that wraps; a key that is named by an alias could become another one. */
  readonly keyArn: string;
  readonly clock?: Clock;
};

/**
 * A keyring on a key of AWS KMS, which never leaves KMS. The account is the encryption context of its data key, so KMS
 * itself opens none for another account and notes in CloudTrail for whom it did. Opened keys stay in memory for a while:
 * a mailbox that is looked into each minute costs one call to KMS per process and half day.
 */
export function kmsKeyring(options: KmsKeyringOptions): Keyring {
  const { keyArn, clock = systemClock, ...address } = options;
  const client = new KMSClient(awsClientOptions(address, { sockets: limits.keySockets }));
  const cache = new KeyCache({ entries: limits.openKeys, keptMs: limits.openKeyMs }, clock);
  return {
    async wrapNewKey(accountId) {
      const reply = await client.send(
        new GenerateDataKeyCommand({
          KeyId: keyArn,
          KeySpec: 'AES_256',
          EncryptionContext: { account: accountId },
        }),
      );
      const key = keyOf(reply.Plaintext);
      const wrapped = `${form}.${Buffer.from(reply.CiphertextBlob ?? []).toString('base64url')}`;
      return { key: await cache.get(`${accountId} ${wrapped}`, async () => key), wrapped };
    },
    unwrap: (accountId, wrapped) =>
      cache.get(`${accountId} ${wrapped}`, () => decrypt(client, keyArn, accountId, wrapped)),
  };
}

const form = 'k1';

async function decrypt(
  client: KMSClient,
  keyArn: string,
  accountId: string,
  wrapped: string,
): Promise<Buffer> {
  const text = /^k1\.([A-Za-z0-9_-]+)$/.exec(wrapped)?.[1];
  if (text === undefined) throw new SealBroken('its form is unknown');
  try {
    const reply = await client.send(
      new DecryptCommand({
        KeyId: keyArn,
        CiphertextBlob: Buffer.from(text, 'base64url'),
        EncryptionContext: { account: accountId },
      }),
    );
    return keyOf(reply.Plaintext);
  } catch (cause) {
    if (cause instanceof InvalidCiphertextException || cause instanceof IncorrectKeyException)
      throw new SealBroken('KMS does not open it for this account with this key', { cause });
    throw cause;
  }
}

function keyOf(plaintext: Uint8Array | undefined): Buffer {
  if (plaintext?.length !== 32) throw new Error('KMS gave no key of 32 bytes');
  return Buffer.from(plaintext);
}
