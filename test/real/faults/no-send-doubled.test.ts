import { beforeAll, describe, expect, it } from 'vitest';
import { deadlyStepsOf } from '../../support/faults/sending/deadly-steps.ts';
import {
  brokeInTheWindow,
  countsOf,
  type Fate,
  fatesOf,
  sendFiguresOf,
} from '../../support/faults/sending/judge-sends.ts';
import { runSends, type SendsOutcome } from '../../support/faults/sending/run-sends.ts';
import { hasMailServers } from '../../support/mail-site.ts';

/**
 * `npm run fault-sends`. `FAULT_SEED` draws other faults; whom they meet is not drawn. `FAULT_CLOCK` sets how fast the
 * service's clock is. Fewer sends than 1,000 (`FAULT_SENDS`) do not reach all steps.
 */
const seed = Number(process.env['FAULT_SEED'] ?? 1);
const letters = Number(process.env['FAULT_SENDS'] ?? 1_000);

describe.skipIf(!hasMailServers)('many sends, with server and processes broken at every step', () => {
  let outcome: SendsOutcome;
  let fates: readonly Fate[];

  beforeAll(async () => {
    const clock = process.env['FAULT_CLOCK'];
    const factor = clock === undefined ? undefined : Number(clock);
    outcome = await runSends({ seed, accounts: 24, letters, factor });
    fates = fatesOf(outcome);
    console.log(sendFiguresOf(outcome, fates, seed));
  }, 1_200_000);

  /** Short, for the report of a failure. */
  const told = (list: readonly Fate[]) =>
    list.map(({ letter, status, messages, attempts, got, gotInTheEnd }) => ({
      ...{ number: letter.number, status, got: [...got], gotInTheEnd: [...gotInTheEnd] },
      messages: messages.map(({ state, copies, refused, waiting }) => ({ state, copies, refused, waiting })),
      attempts: attempts.map(({ sender, at, ...attempt }) => ({
        ...attempt,
        diedAfter: (sender.diedAt ?? 0) - at,
      })),
    }));
  const stateOf = ({ messages }: Fate) => messages[0]?.state;

  it('keeps each as one message of its sender, whose state is final', () => {
    const finals = ['sent', 'partly-refused', 'refused', 'unknown'];
    const wrong = fates.filter(
      ({ messages }) =>
        messages.length !== 1 ||
        messages.some(({ state, waiting }) => !finals.includes(state ?? '') || waiting.length > 0),
    );
    expect(told(wrong)).toEqual([]);
  });

  it('delivers none twice by itself', () => {
    expect(told(fates.filter(({ got }) => countsOf(got).some((count) => count > 1)))).toEqual([]);
  });

  it('delivers each that is sent to everybody, once', () => {
    const sent = fates.filter((fate) => stateOf(fate) === 'sent');
    expect(sent.length).toBeGreaterThan(fates.length / 2);
    expect(told(sent.filter(({ got }) => countsOf(got).some((count) => count !== 1)))).toEqual([]);
  });

  it('delivers what is partly refused to all but those whom it names, once', () => {
    const partly = fates.filter((fate) => stateOf(fate) === 'partly-refused');
    expect(partly.length).toBeGreaterThan(0);
    const wrong = partly.filter(({ letter, got, messages }) =>
      letter.to.some((to) => got.get(to) !== (messages[0]?.refused.includes(to) ? 0 : 1)),
    );
    expect(told(wrong)).toEqual([]);
  });

  it('delivers nothing that is refused', () => {
    const refused = fates.filter((fate) => stateOf(fate) === 'refused');
    expect(told(refused.filter(({ got }) => countsOf(got).some((count) => count > 0)))).toEqual([]);
  });

  it('is in doubt only of what broke between its last byte and the record of its answer', () => {
    const unknown = fates.filter((fate) => stateOf(fate) === 'unknown');
    expect(unknown.length).toBeGreaterThan(0);
    expect(told(unknown.filter((fate) => !brokeInTheWindow(fate, outcome.restAt)))).toEqual([]);
  });

  it('is never in doubt of what its provider filed', () => {
    const filed = fates.filter(
      ({ letter, messages }) => letter.account % 3 === 2 && messages[0]?.state === 'unknown',
    );
    const reached = filed.filter(
      ({ letter, got }) => letter.to.length === 1 && countsOf(got).some((count) => count > 0),
    );
    expect(told(reached)).toEqual([]);
  });

  it('files one copy of each that was sent, wherever, and none of others', () => {
    const wrong = fates.filter((fate) => {
      const [message] = fate.messages;
      const isSent = message?.state === 'sent' || message?.state === 'partly-refused';
      // A provider that files by itself does so at each try that it takes.
      const taken = fate.attempts.filter(({ isTaken, at }) => isTaken && at <= outcome.restAt).length;
      const most = fate.letter.account % 3 === 2 ? Math.max(1, taken) : 1;
      const copies = message?.copies ?? 0;
      // Of those that nobody answered for, some had reached others before.
      return message?.state !== 'unknown' && (isSent ? copies < 1 || copies > most : copies > 0);
    });
    expect(told(wrong)).toEqual([]);
    expect(outcome.atRest.strayCopies).toBe(0);
  });

  it('has what was unknown sent when its users say so, and nothing is lost', () => {
    const resent = fates.filter((fate) => stateOf(fate) === 'unknown');
    const notSent = resent.filter(({ afterwards }) =>
      afterwards.some(({ state }) => state !== 'sent' && state !== 'partly-refused'),
    );
    expect(told(notSent)).toEqual([]);
    const lost = fates.filter(({ afterwards, letter, gotInTheEnd }) => {
      const [message] = afterwards;
      if (message?.state === 'refused') return false;
      return letter.to.some((to) => !message?.refused.includes(to) && (gotInTheEnd.get(to) ?? 0) === 0);
    });
    expect(told(lost)).toEqual([]);
  });

  it('has none twice in the end but of those', () => {
    const twice = fates.filter(({ gotInTheEnd }) => countsOf(gotInTheEnd).some((count) => count > 1));
    expect(told(twice.filter((fate) => stateOf(fate) !== 'unknown'))).toEqual([]);
    expect(told(twice.filter(({ gotInTheEnd }) => countsOf(gotInTheEnd).some((count) => count > 2)))).toEqual(
      [],
    );
  });

  it('killed processes at every step, and crashed none', () => {
    const missed = (['api', 'queue'] as const).flatMap((role) =>
      deadlyStepsOf(role)
        .map((step) => `${role} ${step}`)
        .filter((step) => !outcome.deaths.has(step)),
    );
    expect(missed).toEqual([]);
    expect(outcome.printed).toEqual([]);
  });
});
