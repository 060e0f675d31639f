import { limits } from '../core/limits.ts';
import { timeOfKey } from './message-key.ts';

/**
 * Which of some new messages of one conversation ring at once, and which are left to one push for all of them: the first few
 * of a minute ring, however they are taken in, and the first few that are taken in together, however old they are.
 *
 * @param keys of the messages that ring, in order
 * @param recent keys of the conversation's newest messages, those among them
 */
export function splitBurst(
  keys: readonly string[],
  recent: readonly string[],
): { readonly first: readonly string[]; readonly rest: readonly string[] } {
  const others = recent.filter((key) => !keys.includes(key)).map(timeOfKey);
  const isFirst = (key: string, index: number): boolean => {
    const at = timeOfKey(key);
    // Mailboxes note seconds: of two in the same one, it is not known which came first.
    const isBefore = (other: number) => other > at - limits.burstWindowMs && secondOf(other) <= secondOf(at);
    const together = keys.slice(0, index).filter((other) => isBefore(timeOfKey(other)));
    const before = others.filter(isBefore).length + together.length;
    return index < limits.burstAtOnce && before < limits.burstAtOnce;
  };
  return {
    first: keys.filter(isFirst),
    rest: keys.filter((key, index) => !isFirst(key, index)),
  };
}

function secondOf(at: number): number {
  return Math.floor(at / 1000);
}
