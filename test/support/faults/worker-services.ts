import { appendFileSync } from 'node:fs';
import type { Clock } from '../../../shared/core/clock.ts';
import type { Log, LogFields } from '../../../shared/core/log.ts';
import { silentMetrics } from '../../../shared/core/metrics.ts';
import { memberOf } from '../../../shared/core/outside-data.ts';
import { parseAdmission } from '../../../shared/flows/accounts/admission-list.ts';
import { NewsBell } from '../../../shared/flows/changes/news-bell.ts';
import { connectionPlaces } from '../../../shared/flows/mailbox/open-mailbox.ts';
import type { Services } from '../../../shared/flows/services.ts';
import { HostCircuits } from '../../../shared/flows/watch/host-circuits.ts';
import { fileKeyring } from '../../../shared/keyring/file-keyring.ts';
import { createAddressGuard } from '../../../shared/net/address-guard.ts';
import { trustStore } from '../../../shared/net/trust-store.ts';
import { createPushClient } from '../../../shared/push/push-client.ts';
import type { VapidKeys } from '../../../shared/push/vapid.ts';
import { openQueues, type Queues } from '../../../shared/queue/queues.ts';
import { openStore } from '../../../shared/store/client.ts';
import { openTableRequests, type TableRequests } from '../../../shared/store/dynamo-client.ts';
import { partitionPrefixes } from '../../../shared/store/keys.ts';
import type { Aws } from './surroundings.ts';

export type ServicesTask = {
  /** Of the process: its pushes tell it to whoever looks, by the VAPID subject. */
  readonly name: string;
  readonly aws: Aws;
  /** CAs in PEM. */
  readonly ca: readonly string[];
  readonly vapid: VapidKeys;
  readonly keyFile: string;
  /** One JSON line per event. */
  readonly notesFile: string;
};

/** What a process noted, with the machine's time (ms). Besides the service's own events: `look`, `looked`, `drained`,
 * `database-failed` and `overtaken`. */
export type Note = { readonly at: number; readonly event: string; readonly account?: string };

export type Noting = (event: string, fields?: LogFields) => void;

/** Written before the call returns: a kill takes none of it back. */
export function notingTo(file: string): Noting {
  return (event, fields = {}) =>
    appendFileSync(file, `${JSON.stringify({ at: Date.now(), event, ...fields })}\n`);
}

/** The service's own parts, as the deployed functions have them, with notes of when a mailbox is begun to be looked at. */
export async function openWorkerServices(
  task: ServicesTask,
  clock: Clock,
  around: (requests: TableRequests) => TableRequests = (requests) => requests,
): Promise<Services> {
  const note = notingTo(task.notesFile);
  const log: Log = { debug: () => undefined, info: note, warn: note, error: note };
  const guard = createAddressGuard({ allowPrivateHosts: ['127.0.0.0/8', '::1/128'] });
  const trust = trustStore(task.ca);
  const subject = `mailto:${task.name}@example.org`;
  const store = openStore(task.aws.store, around(notedRequests(openTableRequests(task.aws.store), note)));
  return {
    clock,
    log,
    metrics: silentMetrics,
    store,
    queues: notedQueues(openQueues({ ...task.aws.queues, log }), note),
    keyring: await fileKeyring(task.keyFile),
    guard,
    trust,
    circuits: new HostCircuits({ clock, log, metrics: silentMetrics, store }),
    news: new NewsBell(),
    connections: connectionPlaces(),
    push: createPushClient({ guard, trust, vapid: task.vapid, subject, clock }),
    vapid: task.vapid,
    oauth: { providers: async () => new Map() },
    admission: parseAdmission('*', 1000),
    limitsReached: new Map(),
    // Nobody signs in here.
    discovery: {
      dns: { services: async () => [], exchangers: async () => [] },
      ispdb: undefined,
      webPort: 1,
    },
    hostWatch: { setting: 'auto', autoMeans: 'idle-while-active' },
    activeAccounts: new Map(),
    lastChecks: new NotedChecks((account) => note('looked', { account })),
    retentionMs: 90 * 24 * 3_600_000,
  };
}

/** Notes who begins to look at a mailbox, which asks first how far it was dealt with, and whose requests fail for good. */
function notedRequests(requests: TableRequests, note: Noting): TableRequests {
  const { watch } = partitionPrefixes;
  function noteLook(key: Parameters<TableRequests['getItem']>[0]['Key']): void {
    const sk = key?.['sk']?.S ?? '';
    if (sk.startsWith(watch)) note('look', { account: sk.slice(watch.length) });
  }
  async function noted<Output>(input: unknown, request: () => Promise<Output>): Promise<Output> {
    try {
      return await request();
    } catch (error) {
      const cause = error instanceof Error ? error.name : 'unknown';
      const isCursor = String(memberOf(memberOf(memberOf(input, 'Key'), 'sk'), 'S')).startsWith(watch);
      if (cause !== 'ConditionalCheckFailedException')
        note('database-failed', { account: accountOf(input), cause });
      else if (isCursor) note('overtaken', { account: accountOf(input) });
      throw error;
    }
  }
  return {
    ...requests,
    getItem(input) {
      noteLook(input.Key);
      return noted(input, () => requests.getItem(input));
    },
    batchGetItem(input) {
      for (const { Keys = [] } of Object.values(input.RequestItems ?? {}))
        for (const key of Keys) noteLook(key);
      return noted(input, () => requests.batchGetItem(input));
    },
    putItem: (input) => noted(input, () => requests.putItem(input)),
    updateItem: (input) => noted(input, () => requests.updateItem(input)),
    deleteItem: (input) => noted(input, () => requests.deleteItem(input)),
    query: (input) => noted(input, () => requests.query(input)),
    batchWriteItem: (input) => noted(input, () => requests.batchWriteItem(input)),
  };
}

/** A queue that fails breaks off what is under way as the database does. */
function notedQueues(queues: Queues, note: Noting): Queues {
  return {
    ...queues,
    async send(name, message, options) {
      try {
        await queues.send(name, message, options);
      } catch (error) {
        const account = memberOf(message, 'accountId');
        const cause = error instanceof Error ? error.name : 'unknown';
        note('database-failed', { account: typeof account === 'string' ? account : undefined, cause });
        throw error;
      }
    },
  };
}

/** Whose items a request is about; undefined where it is about those of several, or of none. */
function accountOf(input: unknown): string | undefined {
  const key = memberOf(input, 'Key') ?? memberOf(input, 'Item');
  const values = memberOf(input, 'ExpressionAttributeValues');
  const [pk, sk] = [memberOf(key, 'pk') ?? memberOf(values, ':pk'), memberOf(key, 'sk')].map((attribute) =>
    String(memberOf(attribute, 'S')),
  );
  // `A#account`, `C#account#conversation`; beside others in a partition `M#account` and `W#account#..`.
  return (/^[AC]#([^#]+)/.exec(pk ?? '') ?? /^[MW]#([^#]+)/.exec(sk ?? ''))?.[1];
}

class NotedChecks extends Map<string, number> {
  readonly #onChecked: (account: string) => void;

  constructor(onChecked: (account: string) => void) {
    super();
    this.#onChecked = onChecked;
  }

  override set(account: string, at: number): this {
    this.#onChecked(account);
    return super.set(account, at);
  }
}
