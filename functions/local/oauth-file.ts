import { readFile } from 'node:fs/promises';
import { type OauthProviders, parseOauthProviders } from '../../shared/oauth/oauth-providers.ts';

/**
 * The operator's clients at providers, from a file that they write by hand; without one there are none.
 *
 * @throws Error for a file that cannot be read or understood: the start stops, because accounts depend on it
 */
export async function loadOauthProviders(file: string): Promise<OauthProviders> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  });
  return parseOauthProviders(text);
}
