import { type Card, emptyCard } from './card.ts';
import { type Field, fieldValue } from './mail-fields.ts';
import type { StoredMail, WholeMail } from './stored-mail.ts';

/** Mails that speak of the same contact, because they share an address, directly or by way of others. */
export function sameContacts<T extends Pick<StoredMail, 'hashes'>>(mails: readonly T[]): T[][] {
  const groups: { hashes: Set<string>; mails: T[] }[] = [];
  const groupOf = new Map<string, (typeof groups)[number]>();
  for (const mail of mails) {
    const met = [...new Set(mail.hashes.flatMap((hash) => groupOf.get(hash) ?? []))];
    const all = { hashes: new Set(mail.hashes), mails: [mail] };
    for (const group of met) {
      all.mails.unshift(...group.mails);
      for (const hash of group.hashes) all.hashes.add(hash);
      groups.splice(groups.indexOf(group), 1);
    }
    groups.push(all);
    for (const hash of all.hashes) groupOf.set(hash, all);
  }
  return groups.map((group) => group.mails);
}

/** One card out of several, the newest first: what the newer ones say goes first, addresses and categories add up. */
export function mergeCards(cards: readonly Card[]): Card {
  return cards.reduce<Card>(
    (merged, card) => ({
      name: merged.name ?? card.name,
      nickname: merged.nickname ?? card.nickname,
      emails: [...new Set([...merged.emails, ...card.emails])],
      photo: merged.photo ?? card.photo,
      status: merged.status ?? card.status,
      categories: [...new Set([...merged.categories, ...card.categories])],
      birthday: merged.birthday ?? card.birthday,
      notification: merged.notification ?? card.notification,
      other: [
        ...merged.other,
        ...card.other.filter(({ name }) => !merged.other.some((property) => property.name === name)),
      ],
    }),
    emptyCard,
  );
}

/**
 * The header fields that a new mail takes over from the ones it replaces (COI client spec, "Merging Contact Storage
 * Messages"): every token that came in, the newest of those that went out for each hash, all others of the newest mail
 * that has them.
 *
 * @param mails the newest first
 * @param isRewritten by name, in lower case, which fields the new mail has of its own
 */
export function keptFields(mails: readonly WholeMail[], isRewritten: (name: string) => boolean): Field[] {
  const kept: Field[] = [];
  const tokensOut: Field[] = [];
  const taken = new Set<string>();
  for (const mail of mails) {
    const fields = mail.fields.filter(({ name }) => !isRewritten(name));
    for (const field of fields) {
      if (field.name === 'coi-tokenout') tokensOut.push(field);
      else if (field.name.startsWith('coi-token')) {
        if (!kept.some(({ bytes }) => bytes.equals(field.bytes))) kept.push(field);
      } else if (!taken.has(field.name)) kept.push(field);
    }
    for (const { name } of fields) taken.add(name);
  }
  return [...kept, ...newestPerHash(tokensOut)];
}

/** A token that cannot be read is kept: servers may know more of it than we do. */
function newestPerHash(tokens: readonly Field[]): Field[] {
  const newest = new Map<string, Field>();
  for (const token of tokens) {
    const { hash, created } = tokenOf(token);
    const other = newest.get(hash);
    if (other === undefined || tokenOf(other).created < created) newest.set(hash, token);
  }
  return [...newest.values()];
}

/** `1-created:1552923812-validity:31536000-hash:...-secret:...` (dovecot/coi, coi-contact.c). */
function tokenOf(field: Field): { hash: string; created: number } {
  const value = fieldValue(field);
  const option = (name: string) =>
    value
      .split('-')
      .find((each) => each.startsWith(`${name}:`))
      ?.slice(name.length + 1);
  return { hash: option('hash') ?? value, created: Number(option('created') ?? 0) || 0 };
}
