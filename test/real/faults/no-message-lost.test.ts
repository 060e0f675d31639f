import { beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../../shared/core/limits.ts';
import { figuresOf, mostInOneHand } from '../../support/faults/figures.ts';
import { groupBy } from '../../support/faults/group-by.ts';
import { type Outcome, runUnderFaults } from '../../support/faults/run-under-faults.ts';
import { hasMailServers } from '../../support/mail-site.ts';

/**
 * `FAULT_SEED` draws other faults; the same are played again as far as they can be: who lives at which moment is not drawn.
 * `FAULT_NOTES` names a folder for what the processes noted.
 */
const seed = Number(process.env['FAULT_SEED'] ?? 1);

describe.skipIf(!hasMailServers)('200 mailboxes on a real mail server, under faults of every kind', () => {
  let outcome: Outcome;

  beforeAll(async () => {
    console.log(`FAULT_SEED=${seed}`);
    outcome = await runUnderFaults({
      ...{ seed, mailboxes: 200, messages: 2_000, faultMs: 45_000 },
      say: (text) => console.log(text),
      keepIn: process.env['FAULT_NOTES'],
      factor: process.env['FAULT_CLOCK'] === undefined ? undefined : Number(process.env['FAULT_CLOCK']),
    });
    console.log(figuresOf(outcome, seed));
  }, 600_000);

  it('stores every message exactly once', () => {
    const stored = outcome.stored.flatMap(({ messages }) => messages.map(({ id }) => id));
    expect(stored.toSorted()).toEqual(outcome.letters.map(({ id }) => id).toSorted());
  });

  it('stores each in the conversation with its sender, and counts it as unread once', () => {
    const found = outcome.stored.map(({ mailbox, participants, unread, messages }) => ({
      ...{ mailbox, unread },
      with: participants.join(' '),
      ids: messages.map(({ id }) => id).toSorted(),
    }));
    const meant = [...groupBy(outcome.letters, ({ mailbox, from }) => `${mailbox} ${from}`).values()].map(
      (letters) => ({
        mailbox: letters[0]?.mailbox,
        unread: letters.length,
        with: letters[0]?.from,
        ids: letters.map(({ id }) => id).toSorted(),
      }),
    );
    const key = ({ mailbox, with: sender }: { mailbox: number | undefined; with: string | undefined }) =>
      `${mailbox} ${sender}`;
    const inOrder = <T extends Parameters<typeof key>[0]>(list: T[]) =>
      list.toSorted((one, other) => (key(one) < key(other) ? -1 : 1));
    expect(inOrder(found)).toEqual(inOrder(meant));
  });

  it('tells the device of every message', () => {
    expect([...outcome.told.keys()].toSorted()).toEqual(outcome.letters.map(({ id }) => id).toSorted());
  });

  it('tells of each under the id and the conversation that it is stored under, and no other device', () => {
    const stored = new Map(
      outcome.stored.flatMap(({ messages }) => messages.map((message) => [message.id, message])),
    );
    const told = [...outcome.told.values()].flat();
    const wrong = told.filter(({ id, mailbox, conversation, message }) => {
      const is = stored.get(id);
      return is?.mailbox !== mailbox || is.conversation !== conversation || is.message !== message;
    });
    expect(wrong).toEqual([]);
  });

  it('tells of none twice but what somebody had in hand who could not acknowledge it', () => {
    expect(outcome.repeats.filter(({ reason }) => reason === undefined)).toEqual([]);
    expect(mostInOneHand(outcome)).toBeLessThanOrEqual(limits.fetchBatch);
  });

  it('heals by itself once the faults end', () => {
    expect(outcome.vain).toEqual([]);
  });

  it('crashes no process', () => {
    expect(outcome.crashes).toEqual([]);
  });
});
