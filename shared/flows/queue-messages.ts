import { memberOf } from '../core/outside-data.ts';

/** What the queues carry: references to what the table holds, never content. Messages are outside data until parsed. */
export type PollMessage = {
  readonly accountIds: readonly string[];
  /** Of polls that a minute tick asks for: its minute, ms since the epoch, and by what the intervals were stretched. */
  readonly scheduled?: { readonly at: number; readonly stretch: number } | undefined;
  /** Somebody holds connections to them: what those did not hear of is looked for. */
  readonly isSample?: boolean;
};
export type PushMessage = { readonly accountId: string; readonly id: string };
export type SendMessage = { readonly accountId: string; readonly messageId: string };

export function parsePollMessage(body: unknown): PollMessage {
  const ids = memberOf(body, 'accountIds');
  if (!Array.isArray(ids)) throw new TypeError('a poll message without accountIds');
  return {
    accountIds: ids.filter((id): id is string => typeof id === 'string'),
    scheduled: scheduledIn(memberOf(body, 'scheduled')),
    isSample: memberOf(body, 'isSample') === true,
  };
}

function scheduledIn(value: unknown): PollMessage['scheduled'] {
  const [at, stretch] = [memberOf(value, 'at'), memberOf(value, 'stretch')];
  return typeof at === 'number' && typeof stretch === 'number' ? { at, stretch } : undefined;
}

export function parsePushMessage(body: unknown): PushMessage {
  return { accountId: text(body, 'accountId'), id: text(body, 'id') };
}

export function parseSendMessage(body: unknown): SendMessage {
  return { accountId: text(body, 'accountId'), messageId: text(body, 'messageId') };
}

function text(body: unknown, name: string): string {
  const value = memberOf(body, name);
  if (typeof value !== 'string') throw new TypeError(`a queue message without ${name}`);
  return value;
}
