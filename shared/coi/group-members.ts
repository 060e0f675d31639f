import type { KeptMessage } from './kept-message.ts';
import type { Address } from './received-mail.ts';

/** Who is in a group, and what it is called. */
export type Roster = { readonly title: string; readonly participants: readonly Address[] };

/**
 * Who is in a group, from its messages alone. Chat clients write all members into each mail, and only members are believed:
 * whoever learns a group's id may write to it, but neither join it nor put others out, or answers would go to strangers.
 * Who left stays out when somebody writes to the old list who had not seen it yet (COI client spec, "Leave group").
 *
 * @param messages in the order of their keys
 * @param before what is known from before the first of them; undefined when that one founds the group
 * @param own addresses of the account, which is never listed
 */
export function membersAfter(
  messages: readonly KeptMessage[],
  before: Roster | undefined,
  own: readonly string[],
): Roster {
  const keyOfId = new Map(messages.map(({ messageId, key }) => [messageId, key]));
  const names = new Map<string, string | undefined>();
  const left = new Map<string, string>();
  let members = new Set<string>();
  let title = before?.title ?? '';
  for (const { address, name } of before?.participants ?? []) {
    members.add(address);
    names.set(address, name);
  }
  let isFounded = before !== undefined;
  for (const message of messages) {
    const isKnown = !isFounded || message.own || members.has(message.from.address);
    if (!isKnown || (message.title === undefined && isFounded && message.removed.length === 0)) continue;
    const named = [message.from, ...message.to].filter(({ address }) => !own.includes(address));
    for (const { address, name } of named) names.set(address, name ?? names.get(address));
    if (message.title !== undefined || !isFounded) {
      const answered = keyOfId.get(message.inReplyTo ?? '');
      members = new Set(named.map(({ address }) => address).filter((address) => !isOut(address, answered)));
      title = message.title ?? title;
      isFounded = true;
    }
    for (const address of message.removed) {
      members.delete(address);
      left.set(address, message.key);
    }
  }
  return { title, participants: [...members].map((address) => ({ address, name: names.get(address) })) };

  /** Whether somebody left after the message that was answered; naming him again otherwise lets him in again. */
  function isOut(address: string, answered: string | undefined): boolean {
    const leftAt = left.get(address);
    if (leftAt === undefined) return false;
    if (answered !== undefined && answered < leftAt) return true;
    left.delete(address);
    return false;
  }
}
