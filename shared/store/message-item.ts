import type { Values } from './client.ts';
import type { Message, Place } from './items.ts';
import {
  eventOf,
  eventValue,
  foldOf,
  foldValues,
  listValue,
  locationOf,
  pinOf,
  undeliveredOf,
  undeliveredValue,
} from './message-parts.ts';
import { addressesOf, addressPair } from './stored-address.ts';
import { type Item, StoredItem, StoredItemUnreadable, toSeconds } from './stored-item.ts';

/** How a message is written into its item, and read from it. */

export function itemOfMessage(message: Message): Values {
  return {
    m: message.messageId,
    i: message.inReplyTo,
    f: addressPair(message.from),
    t: message.to.flatMap(addressPair),
    d: message.date,
    ra: message.receivedAt,
    k: message.kind,
    e: message.encrypted || undefined,
    me: message.mention || undefined,
    rr: message.receiptRequested || undefined,
    own: message.own || undefined,
    z: message.size,
    a:
      message.attachments.length === 0
        ? undefined
        : message.attachments.map(({ part, type, filename, size, preview }) => ({
            p: part,
            t: type,
            f: filename,
            z: size,
            v: preview,
          })),
    p: message.preview,
    ev: message.event && eventValue(message.event),
    n: message.title,
    x: listValue(message.removed),
    pi: message.pinned && { u: message.pinned.until },
    lo: message.location && [message.location.latitude, message.location.longitude],
    cc: message.extension,
    l: message.place && placeValue(message.place),
    s: message.seen || undefined,
    o: message.outgoing,
    ud: message.undelivered && undeliveredValue(message.undelivered),
    si: message.silent || undefined,
    mt: message.movedTo,
    hm: message.home,
    mv: message.moves?.join(' '),
    ...foldValues(message.fold),
    expiresAt: toSeconds(message.expiresAt),
  };
}

export function messageOf(accountId: string, conversationId: string, item: Item): Message {
  const stored = new StoredItem('message', item);
  const [from] = addressesOf(stored.texts('f'));
  if (from === undefined) throw new StoredItemUnreadable('message', 'attribute f');
  return {
    accountId,
    conversationId,
    key: stored.text('sk'),
    messageId: stored.text('m'),
    inReplyTo: stored.optionalText('i'),
    from,
    to: addressesOf(stored.texts('t')),
    date: stored.optionalNumber('d'),
    receivedAt: stored.number('ra'),
    kind: stored.text('k'),
    encrypted: stored.flag('e'),
    mention: stored.flag('me'),
    receiptRequested: stored.flag('rr'),
    own: stored.flag('own'),
    size: stored.number('z'),
    attachments: stored.maps('a').map((attachment) => ({
      part: attachment.text('p'),
      type: attachment.text('t'),
      filename: attachment.optionalText('f'),
      size: attachment.number('z'),
      preview: attachment.optionalText('v'),
    })),
    preview: stored.optionalText('p'),
    event: eventOf(stored.optionalMap('ev')),
    title: stored.optionalText('n'),
    removed: stored.texts('x'),
    pinned: pinOf(stored.optionalMap('pi')),
    location: locationOf(stored.list('lo')),
    extension: stored.optionalText('cc'),
    fold: foldOf(stored),
    place: placeOf(stored.optionalMap('l')),
    seen: stored.flag('s'),
    undelivered: undeliveredOf(stored.optionalMap('ud')),
    outgoing: stored.optionalOneOf('o', [
      'queued',
      'sending',
      'sent',
      'refused',
      'partly-refused',
      'unknown',
    ]),
    ...toldOf(stored),
    expiresAt: stored.expiresAt(),
  };
}

/** What clients said of it; most have nothing. */
function toldOf(stored: StoredItem): Pick<Message, 'silent' | 'movedTo' | 'home' | 'moves'> {
  const [movedTo, home, moves] = [
    stored.optionalText('mt'),
    stored.optionalText('hm'),
    stored.optionalText('mv'),
  ];
  return {
    ...(stored.flag('si') ? { silent: true } : {}),
    ...(movedTo === undefined ? {} : { movedTo }),
    ...(home === undefined ? {} : { home }),
    ...(moves === undefined ? {} : { moves: moves.split(' ') }),
  };
}

export function placeValue({ folder, uidValidity, uid, isDone }: Place): Values {
  return { f: folder, v: uidValidity, u: uid, d: isDone || undefined };
}

function placeOf(stored: StoredItem | undefined): Place | undefined {
  if (stored === undefined) return undefined;
  const place = { folder: stored.text('f'), uidValidity: stored.number('v'), uid: stored.number('u') };
  return stored.flag('d') ? { ...place, isDone: true } : place;
}
