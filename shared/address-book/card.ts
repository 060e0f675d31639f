import { shorten } from '../coi/decode-text.ts';
import { limits } from '../core/limits.ts';
import { element, hidden, page, shown } from './html.ts';
import { type Notification, notificationText, readNotification } from './notification.ts';
import { type Photo, photoOf, photoUrl } from './photo.ts';
import { type Microformat, readMicroformats } from './read-microformats.ts';

/** A person as an `h-card` tells (COI client spec, "Contact Storage Message Body"). */
export type Card = {
  readonly name: string | undefined;
  readonly nickname: string | undefined;
  /** As written. */
  readonly emails: readonly string[];
  readonly photo: Photo | undefined;
  readonly status: string | undefined;
  readonly categories: readonly string[];
  /** `1998-12-24`, or `--12-24` where the year is kept private. */
  readonly birthday: string | undefined;
  readonly notification: Notification | undefined;
  /** What other clients store, by class: `u-key`, `p-org`, a `u-photo` that lies elsewhere. Kept as it is. */
  readonly other: readonly Property[];
};

type Property = { readonly name: string; readonly value: string };

export const emptyCard: Card = {
  name: undefined,
  nickname: undefined,
  emails: [],
  photo: undefined,
  status: undefined,
  categories: [],
  birthday: undefined,
  notification: undefined,
  other: [],
};

/** The first card of a page; undefined when there is none. */
export function readCard(html: string): Card | undefined {
  const find = (things: readonly Microformat[]): Microformat | undefined => {
    for (const thing of things) {
      const found = thing.types.includes('h-card') ? thing : find(thing.children);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const thing = find(readMicroformats(html));
  return thing && cardOf(thing);
}

export function cardOf({ properties }: Microformat): Card {
  const other: Property[] = [];
  const texts = new Map<string, string[]>();
  let photo: Photo | undefined;
  for (const property of properties) {
    const known = knownAs[property.name];
    const picture = known === 'photo' && photo === undefined ? photoOf(property.value) : undefined;
    photo ??= picture;
    if (picture !== undefined || property.value === '') continue;
    if (known === undefined || known === 'photo') other.push(property);
    else texts.set(known, [...(texts.get(known) ?? []), property.value]);
  }
  const first = (name: string, characters: number) => {
    const value = texts.get(name)?.[0];
    return value === undefined ? undefined : shorten(value, characters);
  };
  const notification = texts.get('notification')?.[0];
  return {
    name: first('name', limits.nameCharacters),
    nickname: first('nickname', limits.nameCharacters),
    emails: unique((texts.get('email') ?? []).map((email) => email.replace(/^mailto:/i, '').trim())),
    photo,
    status: first('status', limits.statusCharacters),
    categories: unique(
      (texts.get('category') ?? []).flatMap((list) => list.split(',')).map((item) => item.trim()),
    ),
    birthday: first('birthday', limits.nameCharacters),
    notification: notification === undefined ? undefined : readNotification(notification),
    other,
  };
}

const knownAs: Readonly<
  Record<
    string,
    'photo' | 'name' | 'nickname' | 'email' | 'status' | 'category' | 'birthday' | 'notification'
  >
> = {
  'u-photo': 'photo',
  'p-name': 'name',
  'p-nickname': 'nickname',
  'u-email': 'email',
  'p-status': 'status',
  'x-coi-status': 'status',
  'p-category': 'category',
  'dt-bday': 'birthday',
  'p-notification': 'notification',
};

/** A page that shows the card in any mail program, and is read by COI clients. */
export function cardPage(card: Card): string {
  return page(cardHtml(card));
}

/** The card as in the COI client spec's examples; a block, because it may stand among others in a group. */
export function cardHtml(card: Card): string {
  return element('div', { class: 'h-card', style: 'white-space: nowrap' }, [
    ...photoHtml(card.photo),
    ...(card.name === undefined ? [] : [shown('p-name', card.name)]),
    ...(card.nickname === undefined ? [] : [shown('p-nickname', card.nickname, 'Nickname')]),
    ...card.emails.map((email) => shown('u-email', email, 'Email')),
    ...(card.status === undefined ? [] : [shown('p-status', card.status)]),
    ...(card.categories.length === 0 ? [] : [hidden('span', 'p-category', card.categories.join(', '))]),
    ...(card.birthday === undefined ? [] : [hidden('time', 'dt-bday', card.birthday)]),
    ...(card.notification === undefined
      ? []
      : [hidden('span', 'p-notification', notificationText(card.notification))]),
    ...card.other.map(({ name, value }) => element('data', { class: name, value }, [])),
  ]);
}

export function photoHtml(photo: Photo | undefined): string[] {
  if (photo === undefined) return [];
  const attributes = { class: 'u-photo', alt: '', style: 'float: left', src: photoUrl(photo) };
  return [element('img', attributes, undefined)];
}

function unique(items: readonly string[]): string[] {
  return [...new Set(items.filter((item) => item !== ''))];
}
