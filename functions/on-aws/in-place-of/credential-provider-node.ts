import { fromEnv } from '@aws-sdk/credential-provider-env';
import { type FromHttpOptions, fromHttp } from '@aws-sdk/credential-provider-http';

/** The role's credentials: in the environment of a function, at an address in that of a container. */
export function defaultProvider(options: FromHttpOptions = {}): ReturnType<typeof fromEnv> {
  const env = fromEnv();
  // Where there is no such address, making it fails already.
  let http: ReturnType<typeof fromHttp> | undefined;
  return () =>
    env().catch(() => {
      http ??= fromHttp(options);
      return http();
    });
}
