import { providerOf } from '../../shared/providers/provider-table.ts';

/**
 * An assumption, not a fact about any provider: a few large hosts have most mailboxes, and a long tail of small ones the
 * others.
 */
export const hostShares = [0.35, 0.2, 0.08, 0.06, 0.04, 0.03, 0.02, 0.02] as const;

/** Mailboxes at each of the small hosts. */
export const accountsPerSmallHost = 40;

/** All small hosts together are the last group. */
export const hostGroups = hostShares.length + 1;

export function hostGroupOf(chance: number): number {
  let below = 0;
  for (const [group, share] of hostShares.entries()) {
    below += share;
    if (chance < below) return group;
  }
  return hostShares.length;
}

/** What we ask of one host at most: of one that nothing is known of, and the same of those that are known. */
export const { loginsPerMinute } = providerOf('imap.example.org');
