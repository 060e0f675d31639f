import { type Card, emptyCard } from './card.ts';
import { mergeCards } from './merge.ts';
import { newerFirst, type StoredMail, type WholeMail } from './stored-mail.ts';

/** One person in the address book, out of all mails that speak of them. */
export type Contact = {
  /** Names it to the outside: the lowest of its hashes, in hex. */
  readonly hash: string;
  readonly hashes: readonly string[];
  /** Empty where nothing could be read. */
  readonly card: Card;
  readonly blocked: boolean;
  /** There is more than its header tells, and it is for its owner's key, or too large to be read. */
  readonly sealed: boolean;
  /** In ms; 0 when no mail tells. */
  readonly changedAt: number;
};

/**
 * @param stored all mails of one contact
 * @param whole those of them that could be fetched
 */
export function contactOf(stored: readonly StoredMail[], whole: readonly WholeMail[]): Contact {
  const readable = [...whole].sort(newerFirst).filter(({ encrypted }) => !encrypted);
  const hashes = [...new Set(stored.flatMap((mail) => mail.hashes))].sort();
  return {
    hash: hashes[0] ?? '',
    hashes,
    card: readable.length === 0 ? emptyCard : mergeCards(readable.map(({ card }) => card ?? emptyCard)),
    blocked: stored.some(({ blocked }) => blocked),
    sealed: readable.length === 0,
    changedAt: Math.max(...stored.map(({ date }) => date)),
  };
}
