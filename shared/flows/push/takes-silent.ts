import { pushServiceOf } from '../../push/push-service.ts';
import type { Subscription } from '../../store/items.ts';

/**
 * Whether a device may get pushes that show nothing. Apple takes the permission away from a page after three of them, so its
 * devices never do, whatever was asked for.
 */
export function takesSilent({ silentOk, endpoint }: Pick<Subscription, 'silentOk' | 'endpoint'>): boolean {
  return silentOk && pushServiceOf(endpoint) !== 'apple';
}
