import type { Alert } from '../../coi/alert.ts';
import type { Subscription } from '../../store/items.ts';

/** Whether a device wants to be told of a sender's message. */
export function wantsAlert(
  { msgtype, excludeFrom }: Pick<Subscription, 'msgtype' | 'excludeFrom'>,
  from: string,
  kind: Alert['msgtype'],
): boolean {
  return (msgtype === 'all' || msgtype === kind) && !excludeFrom.includes(from);
}
