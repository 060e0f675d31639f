import type { Letter } from './letters.ts';
import type { SendsOutcome } from './run-sends.ts';
import type { Seen, SeenMessage } from './seen.ts';
import type { Attempt } from './smtp-under-faults.ts';

/** What became of one letter. */
export type Fate = {
  readonly letter: Letter;
  readonly status: number | undefined;
  /** The messages that its sender has of it: one. */
  readonly messages: readonly SeenMessage[];
  /** Of the same, after what was unknown was sent again. */
  readonly afterwards: readonly SeenMessage[];
  readonly attempts: readonly Attempt[];
  /** How often each recipient got it by the service alone, and in the end. */
  readonly got: ReadonlyMap<string, number>;
  readonly gotInTheEnd: ReadonlyMap<string, number>;
};

/** A process that lives so long after it had its answer has recorded it; on a busy machine, that takes its time. */
const recordedMs = 5_000;

export function fatesOf(outcome: SendsOutcome): Fate[] {
  const { letters, replies, atRest, afterwards, attempts, restAt } = outcome;
  return letters.map((letter) => {
    const messages = messagesOf(atRest, letter);
    const own = attempts.filter(({ messageId }) =>
      messages.some((message) => message.messageId === messageId),
    );
    const count = (taken: readonly Attempt[]) =>
      new Map(
        letter.to.map((to) => [
          to,
          taken.filter(({ recipients, isTaken }) => isTaken && recipients.includes(to)).length,
        ]),
      );
    return {
      ...{ letter, messages, attempts: own, status: replies.get(letter.number)?.status },
      afterwards: messagesOf(afterwards, letter),
      got: count(own.filter(({ at }) => at <= restAt)),
      gotInTheEnd: count(own),
    };
  });
}

function messagesOf({ messages }: Seen, { account, to }: Letter): SeenMessage[] {
  const wanted = to.toSorted().join(' ');
  return messages.filter((message) => message.account === account && message.to.join(' ') === wanted);
}

/**
 * Whether a try broke in the window in which nobody can know: from the note that its end goes out until its answer is
 * recorded. Of a try that broke off right after that note, the server has seen no end, or nothing of the mail at all.
 */
export function brokeInTheWindow({ attempts }: Fate, restAt: number): boolean {
  const own = attempts.filter(({ at }) => at <= restAt);
  if (own.length === 0) return true;
  return own.some(({ isAnswered, sender, at }) => {
    const isKilled = sender.diedAt !== undefined && sender.diedAt - at < recordedMs;
    return !isAnswered || isKilled;
  });
}

export function countsOf(numbers: ReadonlyMap<string, number>): number[] {
  return [...numbers.values()];
}

export function sendFiguresOf(outcome: SendsOutcome, fates: readonly Fate[], seed: number): string {
  const inState = (state: string) => fates.filter(({ messages }) => messages[0]?.state === state);
  const unknown = inState('unknown');
  const delivered = unknown.filter(({ got }) => countsOf(got).some((count) => count > 0));
  const twice = (counts: (fate: Fate) => ReadonlyMap<string, number>) =>
    fates.filter((fate) => countsOf(counts(fate)).some((count) => count > 1)).length;
  const sum = (counts: ReadonlyMap<string, number>) =>
    countsOf(counts).reduce((total, count) => total + count, 0);
  const lost = fates.filter(({ afterwards, gotInTheEnd }) =>
    afterwards.some(({ state }) => state !== 'refused')
      ? countsOf(gotInTheEnd).every((count) => count === 0)
      : false,
  );
  return (
    `sends under faults (seed ${seed}, ${outcome.seconds.toFixed(0)} s): ${fates.length} sends, ${sum(outcome.met)} faults of the ` +
    `server of ${outcome.met.size} kinds, ${sum(outcome.deaths)} kills at ${outcome.deaths.size} steps of ${outcome.processes} ` +
    `processes; ${inState('sent').length} sent, ${inState('partly-refused').length} partly refused, ` +
    `${inState('refused').length} refused, ${unknown.length} unknown (${delivered.length} of them delivered); ` +
    `${lost.length} lost; ${twice(({ got }) => got)} twice by the service, ` +
    `${twice(({ gotInTheEnd }) => gotInTheEnd)} twice after their users had the unknown ones sent again`
  );
}
