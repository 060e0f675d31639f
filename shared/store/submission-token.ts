import type { Store } from './client.ts';
import { submissionTokensKey } from './keys.ts';
import { isExpired, StoredItem, toSeconds } from './stored-item.ts';

/**
 * The tokens an account has for mail to one address and from it, sealed: whoever has them can send past spam filters.
 *
 * @param address normalised
 * @returns what was sealed, or undefined when there is none that has not expired
 */
export async function getSubmissionTokens(
  store: Store,
  accountId: string,
  address: string,
  now: number,
): Promise<string | undefined> {
  const item = await store.get(submissionTokensKey(accountId, address));
  return item && !isExpired(item, now) ? new StoredItem('submission tokens', item).text('b') : undefined;
}

/** Replaces them. Of two at once one wins, and a token that is lost so comes again with the next mail. */
export async function putSubmissionTokens(
  store: Store,
  accountId: string,
  address: string,
  tokens: { readonly sealed: string; readonly expiresAt: number },
): Promise<void> {
  await store.put(submissionTokensKey(accountId, address), {
    b: tokens.sealed,
    expiresAt: toSeconds(tokens.expiresAt),
  });
}

export async function deleteSubmissionTokens(
  store: Store,
  accountId: string,
  address: string,
): Promise<void> {
  await store.delete(submissionTokensKey(accountId, address));
}
