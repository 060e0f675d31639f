import type { Account } from '../../store/items.ts';
import { getWatch, putWatch } from '../../store/watch.ts';
import type { Services } from '../services.ts';
import { lookAnew } from './look-anew.ts';

/**
 * Has an account watched as its settings say: on one machine at once, by workers from their next look on. Does nothing where
 * it is watched so already, so that a change that broke off half-way is completed by its repeat. A mail server that pushes
 * by itself goes on with it, whatever is set.
 */
export async function followWatchSetting(
  services: Pick<Services, 'store' | 'queues' | 'clock'>,
  { id, serverPushKey, settings }: Account,
): Promise<void> {
  const watch = await getWatch(services.store, id);
  const mode = serverPushKey === undefined ? settings.watch : 'serverpush';
  if (watch === undefined || watch.mode === mode) return;
  await putWatch(services.store, { ...watch, mode });
  await lookAnew(services, id);
}
