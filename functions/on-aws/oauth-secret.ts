import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { type AwsAddress, awsClientOptions } from '../../shared/core/aws-client.ts';
import { type OauthProviders, parseOauthProviders } from '../../shared/oauth/oauth-providers.ts';
import { once } from './function-host.ts';

/**
 * The operator's clients at providers, from a secret that they made. Read once per process, and only where a sign-in or an
 * account needs them.
 *
 * @param secretArn empty where there are none
 */
export function oauthSecret(
  secretArn: string,
  address: AwsAddress = {},
): { readonly providers: () => Promise<OauthProviders> } {
  return {
    providers: once(async () => {
      if (secretArn === '') return new Map();
      const client = new SecretsManagerClient(awsClientOptions(address));
      const reply = await client.send(new GetSecretValueCommand({ SecretId: secretArn }));
      return parseOauthProviders(reply.SecretString ?? '');
    }),
  };
}
