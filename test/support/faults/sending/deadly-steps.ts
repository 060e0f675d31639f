import { memberOf } from '../../../../shared/core/outside-data.ts';
import type { TableRequests } from '../../../../shared/store/dynamo-client.ts';

/** Steps of sending between which a process may die: what is written into the table, and what wakes the queue. */
export const steps = {
  /** What the API does for one call. */
  api: [
    'take the key',
    'promise to send',
    'record as queued',
    'store the message',
    'count it in',
    'record as sending',
    'note the end',
    'record as sent',
    'tell the message',
    'wake the queue',
    'keep the reply',
  ],
  /** What the queue does afterwards, or instead. */
  queue: [
    'record as sending',
    'note the end',
    'record as sent',
    'record as queued',
    'tell the message',
    'put the promise off',
    'note the copy',
    'end the promise',
  ],
} as const;

export type SenderRole = keyof typeof steps;
/** `before` or `after`, and the step. */
export type DeadlyStep = `${'before' | 'after'} ${(typeof steps)[SenderRole][number]}`;

export function deadlyStepsOf(role: SenderRole): DeadlyStep[] {
  return steps[role].flatMap((step): DeadlyStep[] => [`before ${step}`, `after ${step}`]);
}

/** The requests that write, with `around` each of them. */
export function aroundWrites(
  requests: TableRequests,
  around: <T>(step: string | undefined, request: () => Promise<T>) => Promise<T>,
): TableRequests {
  return {
    ...requests,
    putItem: (input) => around(stepOf('put', input), () => requests.putItem(input)),
    updateItem: (input) => around(stepOf('update', input), () => requests.updateItem(input)),
    deleteItem: (input) => around(stepOf('delete', input), () => requests.deleteItem(input)),
  };
}

/** Which step a request is, by the keys of `shared/store/table.ts`. */
function stepOf(how: 'put' | 'update' | 'delete', input: unknown): string | undefined {
  const item = memberOf(input, 'Item');
  const key = memberOf(input, 'Key') ?? item;
  const [pk, sk] = [textIn(key, 'pk'), textIn(key, 'sk')];
  if (sk.startsWith('W#'))
    return { put: 'promise to send', update: 'put the promise off', delete: 'end the promise' }[how];
  if (sk.startsWith('X#')) return how === 'update' ? 'note the end' : `record as ${textIn(item, 'st')}`;
  if (sk.startsWith('I#'))
    return how === 'put' ? 'take the key' : how === 'update' ? 'keep the reply' : undefined;
  if (sk.startsWith('C#')) return 'count it in';
  if (!pk.startsWith('C#')) return undefined;
  if (how === 'put') return 'store the message';
  return String(memberOf(input, 'UpdateExpression')).includes('l = :place')
    ? 'note the copy'
    : 'tell the message';
}

function textIn(attributes: unknown, name: string): string {
  return String(memberOf(memberOf(attributes, name), 'S'));
}
