import { contactRule } from '../../coi/contact-rules.ts';
import type { KeptMessage } from '../../coi/kept-message.ts';
import type { MailRecord } from '../../coi/mail-record.ts';
import { limits } from '../../core/limits.ts';
import type { Message } from '../../store/items.ts';
import { type AlertSurroundings, alertOf } from './alert-of.ts';
import type { ChangeNotice } from './notice.ts';

/**
 * What devices that want it are told of an edit, a deletion or a reaction; undefined where there is nothing to tell. An edit
 * or deletion shows nothing, so that neither a mute nor quiet hours keep it back: its message may have rung before. A reaction rings
 * like a message, if it is to one of the account's own; in quiet hours it is for whoever looks.
 *
 * @param root the message that was changed, if it was
 */
export function changeOf(
  surroundings: AlertSurroundings,
  {
    record,
    message,
    root,
  }: { readonly record: MailRecord; readonly message: Message; readonly root: KeptMessage | undefined },
): Pick<ChangeNotice, 'changed' | 'alert'> | undefined {
  if (root === undefined) return undefined;
  const { key } = root;
  const { event } = record;
  const alert = { ttlSeconds: limits.changeTtlSeconds } as const;
  if (record.class === 'edit' || record.class === 'delete') {
    if (isBlocked(surroundings, message) || isOld(surroundings, message)) return undefined;
    return { changed: { kind: record.class, key }, alert: { ...alert, urgency: 'low' } };
  }
  if (record.class !== 'reaction' || event?.kind !== 'reaction' || event.emoji.length === 0 || !root.own)
    return undefined;
  const rings = alertOf(surroundings, message, { ...record, class: 'chat', call: false });
  if (rings.kind !== 'alert') return undefined;
  const emoji = event.emoji.join(' ');
  return { changed: { kind: 'reaction', key, emoji }, alert: { ...alert, urgency: 'normal' } };
}

function isBlocked({ book, groupId }: AlertSurroundings, message: Message): boolean {
  const from = message.from.address;
  return book !== undefined && contactRule(book, { from, groupId, mention: true }) === 'blocked';
}

function isOld({ now }: AlertSurroundings, { receivedAt }: Message): boolean {
  return now - receivedAt > limits.alertAgeMs;
}
