import { groupBy } from './group-by.ts';
import { type Outcome, seconds } from './run-under-faults.ts';

/** What a run under faults found, in lines for a log. */
export function figuresOf(outcome: Outcome, seed: number): string {
  const { letters, told, stored, repeats, counts, ticks, requests, ms } = outcome;
  const lost = letters.filter(({ id }) => !told.has(id)).length;
  const messages = stored.flatMap((conversation) => conversation.messages).length;
  const by = [...groupBy(repeats, ({ reason }) => reason ?? 'NOT EXPLAINED')];
  const lines = [
    `seed ${seed}: ${letters.length} messages, ${lost} lost, ${repeats.length} told of again`,
    `stored ${messages}, in ${stored.length} conversations; told of ${told.size}`,
    ...by.map(([reason, of]) => `again, ${reason}: ${of.length}`),
    `most told of again of what one process had in hand: ${mostInOneHand(outcome)}`,
    Object.entries(counts)
      .map(([name, count]) => `${name}: ${count}`)
      .join(', '),
    `processes: ${outcome.processes}, partitions taken: ${outcome.handOvers}`,
    `ticks: ${ticks.ran}, twice: ${ticks.doubled}, late: ${ticks.late}, failed: ${ticks.failed}`,
    `requests to the database and the queues: ${requests.passed} passed, ${requests.troubled} met trouble`,
    ...outcome.vain.map((what) => `WAITED IN VAIN for ${what}`),
    ...outcome.missing,
    `start ${seconds(ms.start)}, faults until ${seconds(ms.faults)}, healed ${seconds(ms.healed)}, end ${seconds(ms.end)}`,
  ];
  return lines.join('\n');
}

/** The window of one event: the mails of one mailbox that one look had in hand when another one took them up again. */
export function mostInOneHand({ repeats }: Outcome): number {
  const sizes = [...groupBy(repeats, ({ hands }) => hands).values()].map(
    (of) => new Set(of.map(({ first }) => first.id)).size,
  );
  return Math.max(0, ...sizes);
}
