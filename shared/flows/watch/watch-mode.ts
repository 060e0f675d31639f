import type { Watch, WatchSetting } from '../../store/items.ts';

/**
 * What `auto` means to a host. `idle`: a connection costs it nothing. `idle-while-active`: it pays for each, so that only
 * mailboxes have one in which somebody chatted or whose user was there lately.
 */
export type AutoMeaning = 'idle' | 'idle-while-active';

/** What the operator set for all accounts, and what `auto` means there. */
export type HostWatch = { readonly setting: WatchSetting; readonly autoMeans: AutoMeaning };

/** People who chat do it daily; who was silent for two days can wait some minutes for the next message. */
const activeMs = 48 * 3_600_000;

/** Whether an account is polled, or else held in IDLE: the account's own wish, below that of the host. */
export function isPolled(
  watch: Pick<Watch, 'mode' | 'lastActivityAt' | 'trouble'>,
  hostWatch: WatchSetting,
  autoMeans: AutoMeaning,
  now: number,
): boolean {
  // Its own server wakes the devices: nobody waits for us to hear of mail.
  if (watch.mode === 'serverpush') return true;
  // Its server does not want to hold a connection.
  if (now < (watch.trouble?.pollUntil ?? 0)) return true;
  const wanted = hostWatch === 'auto' ? watch.mode : hostWatch;
  if (wanted !== 'auto') return wanted === 'poll';
  return autoMeans === 'idle-while-active' && now - watch.lastActivityAt > activeMs;
}
