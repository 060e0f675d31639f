import { limits } from './limits.ts';

/** Where a service of AWS is, and with what rights. Without an endpoint: AWS, with the process's own role. */
export type AwsAddress = {
  readonly endpoint?: string;
  readonly region?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
};

/**
 * What every client of AWS's SDK is made with: bounds on time and tries, and on sockets where a number is given.
 *
 * @param bounds.requestMs for the answer to one request
 */
export function awsClientOptions(
  { endpoint, region, credentials }: AwsAddress,
  bounds: { readonly sockets?: number; readonly requestMs?: number } = {},
) {
  const { sockets, requestMs = limits.storeRequestMs } = bounds;
  const agent = sockets === undefined ? undefined : { keepAlive: true, maxSockets: sockets };
  return {
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
    ...(credentials === undefined ? {} : { credentials: { ...credentials } }),
    maxAttempts: 1 + limits.storeRetries,
    requestHandler: {
      connectionTimeout: limits.storeConnectMs,
      requestTimeout: requestMs,
      throwOnRequestTimeout: true,
      ...(agent === undefined ? {} : { httpAgent: agent, httpsAgent: agent }),
    },
  };
}
