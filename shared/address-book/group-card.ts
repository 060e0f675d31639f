import { shorten } from '../coi/decode-text.ts';
import { limits } from '../core/limits.ts';
import { type Card, cardHtml, cardOf, photoHtml } from './card.ts';
import { element, hidden, page, shown } from './html.ts';
import { type Notification, notificationText, readNotification } from './notification.ts';
import { type Photo, photoOf } from './photo.ts';
import { type Microformat, readMicroformats } from './read-microformats.ts';

/** A group as an `h-group` tells (COI client spec, "Group Storage Message" and "Group Information Message Part"). */
export type GroupCard = {
  /** As its members write it: case counts. In a message of the group it is left to the Message-ID. */
  readonly id: string | undefined;
  readonly name: string | undefined;
  readonly description: string | undefined;
  readonly photo: Photo | undefined;
  readonly notification: Notification | undefined;
  readonly participants: readonly Card[];
};

/**
 * The first group of a page; undefined when there is none. Every card in it is a participant, within `e-participants`,
 * `p-participants`, or neither; so are cards after it where the page has no group around them.
 */
export function readGroupCard(html: string): GroupCard | undefined {
  const things = readMicroformats(html);
  const group = things.find(({ types }) => types.includes('h-group'));
  if (group === undefined) return undefined;
  const propertyOf = (name: string) => group.properties.find((property) => property.name === name)?.value;
  const textOf = (name: string) => {
    const value = propertyOf(name) ?? '';
    return value === '' ? undefined : shorten(value, limits.statusCharacters);
  };
  const notification = propertyOf('p-notification');
  const cards = [...cardsIn(group), ...things.filter((thing) => thing !== group).flatMap(cardsIn)];
  return {
    id: textOf('p-id'),
    name: textOf('p-name'),
    description: textOf('p-description'),
    photo: photoOf(propertyOf('u-photo') ?? ''),
    notification: notification === undefined ? undefined : readNotification(notification),
    participants: cards.slice(0, limits.addressesPerMail).map(cardOf),
  };
}

function cardsIn(thing: Microformat): Microformat[] {
  return thing.types.includes('h-card') ? [thing] : thing.children.flatMap(cardsIn);
}

/** A page that shows the group in any mail program, as it is stored in the Contacts folder. */
export function groupPage(group: GroupCard): string {
  return page(
    element('div', { class: 'h-group' }, [
      ...photoHtml(group.photo),
      ...(group.name === undefined ? [] : [shown('p-name', group.name, 'Name')]),
      ...(group.description === undefined ? [] : [shown('p-description', group.description, 'Description')]),
      ...(group.id === undefined ? [] : [hidden('div', 'p-id', group.id)]),
      ...(group.notification === undefined
        ? []
        : [hidden('span', 'p-notification', notificationText(group.notification))]),
      element('div', { class: 'e-participants' }, [
        '<p>Participants</p>',
        ...group.participants.map(cardHtml),
      ]),
    ]),
  );
}
