import { setMaxListeners } from 'node:events';
import { retryPush } from '../../shared/flows/push/retry-push.ts';
import { parsePushMessage, parseSendMessage } from '../../shared/flows/queue-messages.ts';
import { continueSend } from '../../shared/flows/send/continue-send.ts';
import type { Services } from '../../shared/flows/services.ts';
import { takePoll } from '../../shared/flows/watch/take-poll.ts';
import { tick } from '../../shared/flows/watch/tick.ts';
import { isPolled as isWatchPolled } from '../../shared/flows/watch/watch-mode.ts';
import { Watchers } from '../../shared/flows/watch/watchers.ts';
import { type QueueName, queueNames } from '../../shared/queue/queue-definitions.ts';
import type { Watch, WatchSetting } from '../../shared/store/items.ts';
import { listPartition } from '../../shared/store/partition.ts';

const tickMs = 60_000;

/**
 * Everything that runs besides the API: the watchers, the queues' consumers, and the minute tick. Work a former process
 * left behind is taken up at once.
 */
export function startWork(services: Services, hostWatch: WatchSetting): { stop(): Promise<void> } {
  const stopping = new AbortController();
  // Each lane of each consumer listens; Node takes more than ten for a leak.
  setMaxListeners(0, stopping.signal);
  const watchers = new Watchers(services);
  // One process holds thousands of connections at no cost.
  const isPolled = (watch: Watch) => isWatchPolled(watch, hostWatch, 'idle', services.clock.now());

  /** Brings what this process does for an account in line with what is stored of it; whether it is to be polled. */
  async function attend(accountId: string, watch: Watch | undefined): Promise<boolean> {
    if (watch !== undefined && !isPolled(watch)) {
      await watchers.renew(accountId);
      return false;
    }
    await watchers.drop(accountId);
    return watch !== undefined;
  }

  /** What the functions of the same names do on AWS. */
  const handlers: Readonly<Record<QueueName, (body: unknown) => Promise<void>>> = {
    poll: (body) => takePoll(services, body, { signal: stopping.signal, admit: attend }),
    async push(body) {
      const { accountId, id } = parsePushMessage(body);
      await retryPush(services, accountId, id);
    },
    async send(body) {
      const { accountId, messageId } = parseSendMessage(body);
      await continueSend(services, accountId, messageId);
    },
  };
  const running = [
    ...queueNames.map((name) => services.queues.consume(name, handlers[name], { signal: stopping.signal })),
    startWatching(services, watchers, (watch) => !isPolled(watch)),
    tickEveryMinute(services, watchers, isPolled, stopping.signal),
  ];
  return {
    async stop() {
      stopping.abort();
      await Promise.all([watchers.stop(), ...running]);
    },
  };
}

async function startWatching(
  services: Services,
  watchers: Watchers,
  isWanted: (watch: Watch) => boolean,
): Promise<void> {
  for (let partition = 0; partition < services.store.partitions; partition++) {
    const { watches } = await listPartition(services.store, partition, services.clock.now());
    for (const watch of watches) if (isWanted(watch)) watchers.ensure(watch.accountId);
  }
}

/**
 * The first tick comes at once: it finds what a killed process left unfinished. After each, mailboxes are held again that
 * were polled for a while because their servers throttled.
 */
async function tickEveryMinute(
  services: Services,
  watchers: Watchers,
  isPolled: (watch: Watch) => boolean,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await tick(services, { isPolled })
      .then(() => startWatching(services, watchers, (watch) => wasThrottled(watch) && !isPolled(watch)))
      .catch(() => services.log.error('tick-failed'));
    await services.clock.sleep(tickMs - (services.clock.now() % tickMs), signal);
  }
}

const wasThrottled = ({ trouble }: Watch) => trouble?.pollUntil !== undefined;
