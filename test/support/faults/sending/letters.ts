import { setTimeout as delay } from 'node:timers/promises';
import { memberOf } from '../../../../shared/core/outside-data.ts';
import type { Random } from '../../random.ts';
import type { Senders } from './senders.ts';
import type { SendingAccount } from './sending-accounts.ts';

/** A message that somebody sends. */
export type Letter = {
  readonly number: number;
  readonly account: number;
  readonly to: readonly string[];
  /** Recipients that are put off so many times, before they are taken. */
  readonly putOff: ReadonlyMap<string, number>;
  /** Recipients that are refused for good. */
  readonly refused: ReadonlySet<string>;
};

/** What its sender was told in the end. */
export type Replied = { readonly status: number; readonly id: string | undefined; readonly calls: number };

/** One in ten goes to three, of whom some are put off or refused. */
export function lettersOf(
  random: Random,
  { letters, accounts }: { readonly letters: number; readonly accounts: number },
): Letter[] {
  return Array.from({ length: letters }, (_, number): Letter => {
    const names = number % 10 === 0 ? ['a', 'b', 'c'] : [''];
    const to = names.map((name) => `to-${number}${name}@example.org`);
    const [, second, third] = to;
    return {
      ...{ number, to, account: number % accounts },
      putOff: new Map(second !== undefined && random.chance(0.7) ? [[second, 1 + random.below(2)]] : []),
      refused: new Set(third !== undefined && random.chance(0.5) ? [third] : []),
    };
  });
}

/** What the server says to each recipient, in turn. */
export function rejectionsOf(letters: readonly Letter[]): (recipient: string) => string | undefined {
  const putOff = new Map(letters.flatMap((letter) => [...letter.putOff]));
  const refused = new Set(letters.flatMap((letter) => [...letter.refused]));
  return (recipient) => {
    if (refused.has(recipient)) return '550 5.1.1 no such user';
    const times = putOff.get(recipient) ?? 0;
    if (times === 0) return undefined;
    putOff.set(recipient, times - 1);
    return '450 4.2.0 greylisted';
  };
}

const mostCalls = 200;
const pauseMs = 100;

/** Posts as a client does that wants it sent once: the same call with the same key until there is an answer. */
export async function postLetter(
  senders: Senders,
  { token }: SendingAccount,
  { number, to }: Letter,
): Promise<Replied> {
  const body = { kind: 'text', to, text: `letter ${number}` };
  for (let calls = 1; calls <= mostCalls; calls++) {
    const sender = await senders.someReady('api');
    const answer = await senders.call(sender, { path: '/v1/messages', token, key: `letter ${number}`, body });
    if (answer !== 'died') {
      const { status } = answer;
      const id = memberOf(answer.body, 'id');
      if (status === 202 || status === 422)
        return { status, id: typeof id === 'string' ? id : undefined, calls };
      // Under way in a process that may have died, or too fast.
      if (status !== 409 && status !== 429 && status < 500)
        throw new Error(`letter ${number}: ${JSON.stringify(answer)}`);
    }
    await delay(pauseMs);
  }
  throw new Error(`letter ${number} had no answer in ${mostCalls} calls`);
}
