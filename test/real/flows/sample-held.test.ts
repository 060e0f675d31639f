import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../shared/core/clock.ts';
import type { EventName } from '../../../shared/core/events.ts';
import type { Services } from '../../../shared/flows/services.ts';
import { sampleHeld } from '../../../shared/flows/watch/sample-held.ts';
import { takePoll } from '../../../shared/flows/watch/take-poll.ts';
import { Watchers } from '../../../shared/flows/watch/watchers.ts';
import type { Account } from '../../../shared/store/items.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { chatMail } from '../../support/chat-mail.ts';
import { eventually } from '../../support/eventually.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';
import { type Device, type PushService, startPushService } from '../../support/push-service.ts';
import { pushedIds } from '../../support/subscribe.ts';
import { activeSubscription, check, mailboxAccount } from '../../support/watched-account.ts';

describe.skipIf(!hasMailServers)('a look beside a connection that is held', () => {
  let host: ApiHost;
  let push: PushService;
  let services: Services;
  let account: Account;
  let device: Device;
  /** What happens while the look waits for the holder. */
  let meanwhile: () => Promise<void>;
  let missed: number[];
  let events: EventName[];

  beforeAll(async () => {
    push = await startPushService();
    host = await startApiHost({ ca: [sharedMail().ca, push.ca] });
    const note = (event: EventName) => void events.push(event);
    services = {
      ...host.services,
      clock: { now: systemClock.now, sleep: () => meanwhile() },
      log: { debug: note, info: note, warn: note, error: note },
      metrics: {
        add: (name, figure) => void (name === 'MissedByIdle' && missed.push(figure)),
        flush: () => {},
      },
    };
  });

  beforeEach(async () => {
    [missed, events, meanwhile] = [[], [], async () => {}];
    account = await mailboxAccount(host, sharedMail());
    device = push.newDevice();
    await activeSubscription(host, account, device);
    await check(host, account);
  });

  afterAll(async () => {
    await host.stop();
    await push.close();
  });

  const deliver = (id: string) =>
    sharedMail().deliver(
      account.email,
      chatMail({ from: 'bob@example.test', to: account.email, text: id, messageId: id }),
    );
  const sample = () => sampleHeld(services, [account.id]);

  it('takes in what nobody heard of, says how much, and does so once', async () => {
    await deliver('<chat$one@x.test>');
    await deliver('<chat$two@x.test>');
    await takePoll(services, { accountIds: [account.id], isSample: true });
    expect(pushedIds(device).toSorted()).toEqual(['<chat$one@x.test>', '<chat$two@x.test>']);
    expect(missed).toEqual([2]);
    await sample();
    expect(missed).toEqual([2]);
    expect(device.pushes).toHaveLength(2);
  });

  it('waits for nothing where nothing is new', async () => {
    let waits = 0;
    meanwhile = async () => {
      waits += 1;
    };
    await sample();
    expect([waits, missed]).toEqual([0, []]);
  });

  it('leaves to the holder what that one takes in meanwhile', async () => {
    await deliver('<chat$held@x.test>');
    meanwhile = async () => {
      await check(host, account);
    };
    await sample();
    expect(pushedIds(device)).toEqual(['<chat$held@x.test>']);
    expect(missed).toEqual([]);
  });

  it('counts no mail as missed that came while it waited', async () => {
    await deliver('<chat$before@x.test>');
    meanwhile = async () => {
      await check(host, account);
      await deliver('<chat$after@x.test>');
    };
    await sample();
    expect(pushedIds(device).toSorted()).toEqual(['<chat$after@x.test>', '<chat$before@x.test>']);
    expect(missed).toEqual([]);
  });

  it('leaves the connection as it is, also when it takes in what the holder had before it', async () => {
    const held = { ...services, clock: systemClock };
    const watchers = new Watchers(held);
    watchers.ensure(account.id);
    await watchers.settled([account.id]);
    // At the same time: who is second finds the cursor moved.
    for (const id of ['<chat$a@x.test>', '<chat$b@x.test>', '<chat$c@x.test>']) {
      await Promise.all([deliver(id), sample(), sample()]);
    }
    await eventually('the pushes', () =>
      ['<chat$a@x.test>', '<chat$b@x.test>', '<chat$c@x.test>'].every((id) => pushedIds(device).includes(id))
        ? true
        : undefined,
    );
    await deliver('<chat$last@x.test>');
    await eventually('the push of the next', () =>
      pushedIds(device).includes('<chat$last@x.test>') ? true : undefined,
    );
    expect(events).not.toContain('watch-interrupted');
    await watchers.stop();
  });

  it('leaves an account alone that is gone, or at rest, and a mailbox whose server does not answer', async () => {
    const down = await mailboxAccount(host, sharedMail(), { password: 'wrong' });
    await sampleHeld(services, ['nobody', down.id]);
    expect(missed).toEqual([]);
  });
});
