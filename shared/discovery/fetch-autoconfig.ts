import { limits } from '../core/limits.ts';
import type { Network } from '../net/connect.ts';
import { httpsFetch } from '../net/https-fetch.ts';
import { type Autoconfig, readAutoconfig } from './read-autoconfig.ts';

/**
 * Gets a configuration file; undefined when there is none, or nothing that could be one. Redirects count as none: what
 * vouches for the file is the certificate of the name it was asked from.
 */
export async function fetchAutoconfig(network: Network, url: URL): Promise<Autoconfig | undefined> {
  try {
    const reply = await httpsFetch(network, url, {
      deadlineMs: limits.discoveryStepMs,
      limitBytes: limits.autoconfigBytes,
    });
    if (reply.status !== 200) return undefined;
    const found = readAutoconfig(await reply.text());
    return found.servers.length > 0 ? found : undefined;
  } catch {
    // Whatever went wrong, there are other ways to find settings, and the last one is to ask the user.
    return undefined;
  }
}
