import type { TableRequests } from '../../../shared/store/dynamo-client.ts';
import type { Random } from '../random.ts';
import { requestsTo } from './requests.ts';
import { mostBehindMs, type TableInMemory, type TableInput } from './table-in-memory.ts';
import type { Process, Timeline } from './timeline.ts';

/** What goes wrong with requests now, each as a probability. */
export type RequestTrouble = {
  /** Not done. */
  readonly failing: number;
  /** Done, but the answer is lost, and it is asked again. */
  readonly repeated: number;
  /** Done, but the answer is lost, and so is every other. */
  readonly lost: number;
  /** Takes seconds. */
  readonly slow: number;
};

export const noTrouble: RequestTrouble = { failing: 0, repeated: 0, lost: 0, slow: 0 };

/** The requests of one process to the table: each is done some time later, whatever became of its sender, and answered later still. */
export function delayedRequests(
  around: {
    readonly timeline: Timeline;
    readonly table: TableInMemory;
    readonly random: Random;
    readonly alter: (request: TableInput) => TableInput;
  },
  process: Process,
  troubleNow: () => RequestTrouble,
): TableRequests {
  const { timeline, table, random, alter } = around;
  const delay = () => (random.chance(troubleNow().slow) ? random.between(300, 6_000) : random.between(1, 15));
  const ask = (request: TableInput): Promise<ReturnType<TableInMemory['answer']>> =>
    new Promise((resolve, reject) => {
      const answerLater = (answer: () => void, ms = delay()) => timeline.after(ms, answer, process);
      const arrive = () => {
        const { failing, repeated, lost } = troubleNow();
        if (random.chance(failing)) {
          answerLater(() => reject(new Error('the table is away')));
          return;
        }
        const done = tried(() =>
          table.answer(alter(request), random.chance(0.3) ? random.between(0, mostBehindMs) : 0),
        );
        if (random.chance(repeated)) timeline.after(random.between(50, 3_000), arrive);
        else if (!random.chance(lost))
          answerLater(() => ('reply' in done ? resolve(done.reply) : reject(done.error)));
        else answerLater(() => reject(new Error('no answer')), 3_000);
      };
      timeline.after(delay(), arrive);
    });
  return requestsTo(ask);
}

function tried<T>(work: () => T): { readonly reply: T } | { readonly error: unknown } {
  try {
    return { reply: work() };
  } catch (error) {
    return { error };
  }
}
