import type { MessageFold } from '../coi/kept-message.ts';
import type { Location, Pin } from '../coi/mail-record.ts';
import type { MessageEvent } from '../coi/message-event.ts';
import type { Value, Values } from './client.ts';
import type { Undelivered } from './items.ts';
import type { StoredItem } from './stored-item.ts';

/** The members of a stored message that only some have; what is not there is not written. */

export function eventValue(event: MessageEvent): Values {
  return {
    k: event.kind,
    t: event.targets,
    e: event.kind === 'reaction' ? event.emoji : undefined,
    r: event.kind === 'bounce' ? event.recipients : undefined,
  };
}

const eventKinds = ['edit', 'delete', 'reaction', 'receipt', 'bounce', 'pin', 'unpin'] as const;

export function eventOf(stored: StoredItem | undefined): MessageEvent | undefined {
  if (stored === undefined) return undefined;
  const kind = stored.oneOf('k', eventKinds);
  const targets = stored.texts('t');
  if (kind === 'reaction') return { kind, targets, emoji: stored.texts('e') };
  return kind === 'bounce' ? { kind, targets, recipients: stored.texts('r') } : { kind, targets };
}

export function pinOf(stored: StoredItem | undefined): Pin | undefined {
  return stored && { until: stored.optionalNumber('u') };
}

export function locationOf(pair: readonly unknown[]): Location | undefined {
  const [latitude, longitude] = pair;
  return typeof latitude === 'number' && typeof longitude === 'number' ? { latitude, longitude } : undefined;
}

export function undeliveredValue({ refused, waiting, code }: Undelivered): Values {
  return { r: listValue(refused), w: listValue(waiting), c: code };
}

export function undeliveredOf(stored: StoredItem | undefined): Undelivered | undefined {
  return (
    stored && { refused: stored.texts('r'), waiting: stored.texts('w'), code: stored.optionalNumber('c') }
  );
}

export const foldNames = ['h', 'ed', 'de', 're', 'rc', 'bo'] as const;

export function foldValues(fold: MessageFold): Readonly<Record<(typeof foldNames)[number], Value>> {
  return {
    h: fold.hidden || undefined,
    ed: fold.edited && { k: fold.edited.key, a: fold.edited.at },
    de: fold.deletedAt,
    re: listValue(fold.reactions.map(({ by, emoji }) => [by, emoji])),
    rc: listValue(fold.receipts.map(({ by, at }) => [by, at])),
    bo: listValue(fold.bounces.map(({ recipient, at }) => [recipient, at])),
  };
}

export function foldOf(stored: StoredItem): MessageFold {
  const edited = stored.optionalMap('ed');
  return {
    hidden: stored.flag('h'),
    edited: edited && { key: edited.text('k'), at: edited.number('a') },
    deletedAt: stored.optionalNumber('de'),
    reactions: stored.pairs('re', 'string').map(([by, emoji]) => ({ by, emoji })),
    receipts: stored.pairs('rc', 'number').map(([by, at]) => ({ by, at })),
    bounces: stored.pairs('bo', 'number').map(([recipient, at]) => ({ recipient, at })),
  };
}

export function listValue(values: readonly Value[]): readonly Value[] | undefined {
  return values.length === 0 ? undefined : values;
}
