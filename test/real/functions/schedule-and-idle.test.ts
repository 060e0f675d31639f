import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { functionDefinitions } from '../../../functions/definitions.ts';
import { parsePollMessage } from '../../../shared/flows/queue-messages.ts';
import type { Account, Worker } from '../../../shared/store/items.ts';
import { partitionOf } from '../../../shared/store/keys.ts';
import { getLease, takeLease } from '../../../shared/store/lease.ts';
import { putPendingWork } from '../../../shared/store/pending-work.ts';
import { createWorker, listWorkers } from '../../../shared/store/worker.ts';
import { chatMail } from '../../support/chat-mail.ts';
import { type DeclaredFunctions, startDeclaredFunctions } from '../../support/deployed/declared-functions.ts';
import { scheduleEvent } from '../../support/deployed/events.ts';
import type { LambdaFunction } from '../../support/deployed/lambda-function.ts';
import { eventually } from '../../support/eventually.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';
import { type PushService, startPushService } from '../../support/push-service.ts';
import { pushedIds } from '../../support/subscribe.ts';
import { activeSubscription, mailboxAccount } from '../../support/watched-account.ts';

describe.skipIf(!hasMailServers)('schedule and idle', () => {
  let functions: DeclaredFunctions;
  let push: PushService;
  let account: Account;
  const consumed: { queue: string; body: unknown }[] = [];
  const stop = new AbortController();

  beforeAll(async () => {
    push = await startPushService();
    functions = await startDeclaredFunctions({ ca: [sharedMail().ca, push.ca] });
    account = await mailboxAccount(functions.host, sharedMail());
    const { queues } = functions.host.services;
    for (const queue of ['poll', 'push', 'send'] as const)
      void queues.consume(queue, async (body) => void consumed.push({ queue, body }), {
        signal: stop.signal,
      });
  });

  afterAll(async () => {
    stop.abort();
    await functions?.stop();
    await push?.close();
  });

  const workers = (): Promise<Worker[]> => listWorkers(functions.host.services.store, Date.now());
  const lease = async () => {
    const { store } = functions.host.services;
    return getLease(store, partitionOf(account.id, store.partitions));
  };
  const polled = () =>
    consumed.flatMap(({ queue, body }) => (queue === 'poll' ? parsePollMessage(body).accountIds : []));

  const newWorker = (id: string, changes: Partial<Worker> = {}): Worker => ({
    id,
    state: 'starting',
    instance: undefined,
    capacity: 900,
    sessions: 0,
    partitions: [0, 1, 2, 3],
    version: 1,
    aliveUntil: Date.now() + 60_000,
    drainsAt: undefined,
    ...changes,
  });

  it('the tick announces a worker for what nobody holds, or a dead one held, and starts it once', async () => {
    const { store } = functions.host.services;
    await createWorker(store, newWorker('dead', { state: 'running', aliveUntil: Date.now() - 60_000 }));
    await takeLease(store, partitionOf(account.id, store.partitions), undefined, 'dead');
    await eventually('a minute with twenty seconds left', () => Date.now() % 60_000 < 40_000 || undefined);
    const schedule = functions.start('schedule');
    // Twice at once, as the scheduler may do, and once more in the next minute.
    await Promise.all([schedule.invoke(scheduleEvent), schedule.invoke(scheduleEvent)]);
    await schedule.invoke(scheduleEvent);
    const [worker, ...more] = (await workers()).filter(({ id }) => id !== 'dead');
    expect(more).toEqual([]);
    expect(worker).toMatchObject({ state: 'starting', instance: undefined, capacity: 900 });
    expect([...(worker?.partitions ?? [])].toSorted()).toEqual([0, 1, 2, 3]);
    expect(functions.invoked).toEqual([{ workerId: worker?.id }]);
    expect(figures(schedule, 'Accounts')).toContainEqual({ state: 'waiting', Accounts: 1 });
    await eventually('the poll of an account that nobody holds yet', () =>
      polled().includes(account.id) ? true : undefined,
    );
  });

  it('a worker holds what was announced and pushes; the tick then polls none of it', async () => {
    const device = push.newDevice();
    await activeSubscription(functions.host, account, device);
    const idle = functions.start('idle');
    const [event] = functions.invoked;
    void idle.invoke(event).catch(() => undefined);
    await eventually('the lease', async () => ((await lease())?.workerId === 'dead' ? undefined : true));
    await sharedMail().deliver(
      account.email,
      chatMail({ from: 'bob@example.test', to: account.email, text: 'hi', messageId: '<chat$idle@x.test>' }),
    );
    await eventually('the push', () => (pushedIds(device).length > 0 ? true : undefined));
    const schedule = functions.start('schedule');
    await schedule.invoke(scheduleEvent);
    expect(figures(schedule, 'Accounts')).toContainEqual({ state: 'held', Accounts: 1 });
    expect(functions.invoked).toHaveLength(1);
    expect(lines(schedule)).toContainEqual(
      expect.objectContaining({ event: 'tick-ran', accounts: 1, polls: 0 }),
    );
    // The event came twice: one process is the worker.
    expect(await functions.start('idle').invoke(event)).toBe('not-mine');
    await idle.stop();
  });

  it('a worker that has no time left takes nothing up', async () => {
    const { store } = functions.host.services;
    const workerId = 'late';
    await createWorker(store, newWorker(workerId));
    const before = await lease();
    expect(await functions.start('idle', { timeoutMs: 60_000 }).invoke({ workerId })).toBe('handed-over');
    expect(await lease()).toEqual(before);
    expect((await workers()).map(({ id }) => id)).not.toContain(workerId);
  });

  it('a worker that was not announced, or not named, holds nothing', async () => {
    const idle = functions.start('idle');
    expect(await idle.invoke({ workerId: 'nobody' })).toBe('not-mine');
    await expect(idle.invoke({})).rejects.toThrow('without workerId');
  });

  it('the tick starts nobody where workers start themselves, or where nothing is to be held', async () => {
    const before = functions.invoked.length;
    await functions.start('schedule', { settings: { IDLE_FUNCTION_NAME: '' } }).invoke(scheduleEvent);
    await functions.start('schedule', { settings: { WATCH: 'poll' } }).invoke(scheduleEvent);
    expect(functions.invoked).toHaveLength(before);
  });

  it('the tick brings back work whose message was lost, and says how old it is', async () => {
    const { store } = functions.host.services;
    const common = { accountId: account.id, notBeforeAt: Date.now() - 90_000, giveUpAt: Date.now() + 90_000 };
    await putPendingWork(store, { kind: 'send', id: '<m@x.test>', messageId: '<m@x.test>', ...common });
    await putPendingWork(store, {
      kind: 'push',
      id: 'owed',
      subscriptionId: 's',
      conversationId: 'c',
      messageKey: 'k',
      attempts: 1,
      ...common,
    });
    const schedule = functions.start('schedule');
    await schedule.invoke(scheduleEvent);
    await eventually('both messages', () => {
      const bodies = consumed.filter(({ queue }) => queue !== 'poll');
      return bodies.length >= 2 ? true : undefined;
    });
    expect(consumed).toContainEqual({
      queue: 'send',
      body: { accountId: account.id, messageId: '<m@x.test>' },
    });
    expect(consumed).toContainEqual({ queue: 'push', body: { accountId: account.id, id: 'owed' } });
    const ages = figures(schedule, 'PendingWorkAge').map((each) => Number(each['PendingWorkAge']));
    expect(ages).toHaveLength(2);
    for (const age of ages) expect(age).toBeGreaterThanOrEqual(90);
  });

  it('do to AWS only what they are declared to do', () => {
    expect(functions.gateway.refused).toEqual([]);
    const used = [...(functions.gateway.used.get('schedule') ?? [])];
    expect(
      used.filter((action) => action.startsWith('kms:') || action.startsWith('secretsmanager:')),
    ).toEqual([]);
    expect(functionDefinitions.schedule.dynamoActions).toEqual(
      expect.arrayContaining(used.filter((action) => action.startsWith('dynamodb:'))),
    );
  });

  const lines = ({ log }: LambdaFunction) => log.map((line): Record<string, unknown> => JSON.parse(line));

  /** The figures of one metric that a function logged, without what all lines have. */
  const figures = (fn: LambdaFunction, metric: string) =>
    lines(fn)
      .filter((line) => metric in line)
      .map(({ _aws, service, ...rest }) => rest);
});
