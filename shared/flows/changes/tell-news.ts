import { countNews } from '../../store/watch.ts';
import type { Services } from '../services.ts';

/** Some processes hold no requests that wait, and some flows have no log. */
export type NewsServices = Pick<Services, 'store'> & Partial<Pick<Services, 'news' | 'log'>>;

/**
 * Tells requests that wait for news of an account that there is some, after it was stored: by a count that those in other
 * processes look at, and at once to those in this one. Never throws: what changed is stored, and found a little later.
 */
export async function tellNews(
  { store, news, log }: NewsServices,
  accountId: string,
  about: 'account' | 'contacts' = 'account',
): Promise<void> {
  try {
    await countNews(store, accountId, about);
  } catch (error) {
    log?.warn('news-not-counted', {
      account: accountId,
      cause: error instanceof Error ? error.name : 'unknown',
    });
  }
  news?.ring(accountId);
}
