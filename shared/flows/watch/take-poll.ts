import { limits } from '../../core/limits.ts';
import { type PollMessage, parsePollMessage } from '../queue-messages.ts';
import type { Services } from '../services.ts';
import { type PollOptions, pollAccounts } from './poll-accounts.ts';
import { sampleHeld } from './sample-held.ts';

/**
 * Does what a message of the poll queue asks for. One of a tick that came too late is dropped: its accounts have had their
 * turn again meanwhile, or have it soon, and a queue that is behind gets no shorter by work of yesterday. What somebody
 * waits for, who has signed in or has a new password, is never dropped.
 */
export async function takePoll(services: Services, body: unknown, options?: PollOptions): Promise<void> {
  const message = parsePollMessage(body);
  const { clock, log, metrics } = services;
  if (!isStale(message, clock.now())) {
    const { accountIds, isSample } = message;
    if (isSample) return sampleHeld(services, accountIds, options?.signal);
    return pollAccounts(services, accountIds, options);
  }
  const polls = message.accountIds.length;
  log.warn('poll-dropped', { polls, ms: clock.now() - (message.scheduled?.at ?? 0) });
  metrics.add('DroppedPolls', polls, {});
}

/** As long as the intervals are stretched, so is the time in which their polls are of use. */
function isStale({ scheduled }: PollMessage, now: number): boolean {
  return scheduled !== undefined && now - scheduled.at > limits.pollStaleMs * scheduled.stretch;
}
