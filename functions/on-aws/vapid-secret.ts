import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { type AwsAddress, awsClientOptions } from '../../shared/core/aws-client.ts';
import { parseVapidText, type VapidKeys, vapidText } from '../../shared/push/vapid.ts';

/** The secret that holds the VAPID key pair. */
export type VapidSecret = {
  /**
   * The key pair; `empty` when the secret has never had a value.
   *
   * @throws Error when it holds something else: that is never replaced, because subscriptions are bound to what was there
   */
  read(): Promise<VapidKeys | 'empty'>;
  /** `token` names the attempt: a repeat of it writes nothing. */
  write(keys: VapidKeys, token: string): Promise<void>;
};

export function vapidSecret(secretArn: string, address: AwsAddress = {}): VapidSecret {
  const client = new SecretsManagerClient(awsClientOptions(address));
  return {
    async read() {
      const text = await client
        .send(new GetSecretValueCommand({ SecretId: secretArn }))
        .then((reply) => reply.SecretString ?? '')
        .catch((error: unknown) => {
          if (error instanceof ResourceNotFoundException) return undefined;
          throw error;
        });
      if (text === undefined) return 'empty';
      const keys = parseVapidText(text);
      if (keys === undefined) {
        throw new Error('The VAPID secret does not hold a key pair. Bring back its former version.');
      }
      return keys;
    },
    async write(keys, token) {
      await client.send(
        new PutSecretValueCommand({
          SecretId: secretArn,
          SecretString: vapidText(keys),
          ClientRequestToken: token,
        }),
      );
    },
  };
}
