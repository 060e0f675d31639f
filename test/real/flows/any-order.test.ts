import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReceivedMail } from '../../../shared/coi/received-mail.ts';
import { takeInMails } from '../../../shared/flows/receive/take-in-mails.ts';
import type { AccountCheck } from '../../../shared/flows/watch/account-check.ts';
import { openCheck } from '../../../shared/flows/watch/open-check.ts';
import { listConversations } from '../../../shared/store/conversation.ts';
import { listShownMessages } from '../../../shared/store/message.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';
import { story, storyStart } from '../../support/story.ts';
import { mailboxAccount, watchOf } from '../../support/watched-account.ts';

const alice = 'alice@example.test';

/** Which mails come together, in which order; a batch that is repeated came again because its cursor was never moved. */
type Delivery = readonly { readonly mails: readonly number[]; readonly repeated: boolean }[];

describe.skipIf(!hasMailServers)('the state of conversations', () => {
  let host: ApiHost;
  let check: AccountCheck;

  beforeAll(async () => {
    host = await startApiHost({ ca: [sharedMail().ca] });
    const account = await mailboxAccount(host, sharedMail());
    check = await openCheck(host.services, account, await watchOf(host, account));
  });

  afterAll(async () => {
    check.session.close();
    await host.stop();
  });

  /** Everything a client can see after the story was delivered so to an account of its own. */
  async function stateAfter(delivery: Delivery) {
    const account = { ...(await host.account()).account, email: alice };
    const cursors = new Map([['INBOX', { uidValidity: 1, uidNext: 1 }]]);
    const own: AccountCheck = { ...check, account, facts: { addresses: [alice] }, cursors };
    let uid = 0;
    for (const { mails, repeated } of delivery) {
      const batch = mails.flatMap((index): ReceivedMail[] => {
        const mail = told[index];
        uid += 1;
        return mail === undefined ? [] : [{ ...mail, uid }];
      });
      await takeInMails(own, batch, { alertReceivedAfter: 0 });
      if (repeated) await takeInMails(own, batch, { alertReceivedAfter: 0 });
      cursors.set('INBOX', { uidValidity: 1, uidNext: uid + 1 });
    }
    const { store, clock } = host.services;
    const conversations = await listConversations(store, account.id, clock.now());
    const seen = await Promise.all(
      conversations.map(async ({ accountId, version, updatedAt, waiting, ...conversation }) => {
        const page = { limit: 100, before: undefined, now: clock.now() };
        const { messages } = await listShownMessages(store, account.id, conversation.id, page);
        return {
          ...conversation,
          messages: messages.map(({ accountId: _, place, expiresAt, ...message }) => message),
        };
      }),
    );
    return seen.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  const told = story(alice);
  const all = told.map((_, index) => index);
  const inOrder = () => stateAfter([{ mails: all, repeated: false }]);

  it('tell of every edit, deletion, reaction, receipt, bounce, pin and member of the story', async () => {
    const state = await inOrder();
    const direct = state.find(({ title }) => title === 'Bob');
    const stranger = state.find(({ title }) => title === 'mallory@elsewhere.test');
    const group = state.find(({ kind }) => kind === 'group');
    expect(state).toHaveLength(3);
    const said = (id: string) =>
      [...(direct?.messages ?? []), ...(group?.messages ?? [])].find(({ messageId }) =>
        messageId.endsWith(`${id}@example.test>`),
      );
    const minute = (at: number) => storyStart + at * 60_000;

    // The edit of an edit counts, the forged one is a message of its sender's.
    expect(said('$b1')?.fold).toMatchObject({ edited: { at: minute(4) } });
    expect(stranger?.messages).toMatchObject([{ kind: 'edit', preview: 'Send money' }]);
    expect(said('$b10')).toMatchObject({ kind: 'edit', fold: { hidden: false } });
    expect(said('$a2')?.fold).toMatchObject({ edited: { at: minute(13) } });
    expect(said('$b8')?.fold).toMatchObject({ deletedAt: minute(11) });
    expect(said('$a1')?.fold).toMatchObject({
      reactions: [
        { by: 'bob@example.test', emoji: '❤️' },
        { by: 'bob@example.test', emoji: '😂' },
      ],
      receipts: [{ by: 'bob@example.test', at: minute(8) }],
    });
    expect(said('$b7')?.fold.reactions).toEqual([]);
    expect(direct).toMatchObject({ unread: 3, pinned: { key: said('$b7')?.key, until: undefined } });
    expect(direct?.messages.map(({ messageId }) => messageId)).toHaveLength(6);

    // Carol stays out, whom an old answer names; the stranger never gets in, nor is the group called as he wants.
    expect(group).toMatchObject({
      title: 'Hiking on Sunday',
      groupId: 'hikingfriends1',
      participants: [{ address: 'bob@example.test' }, { address: 'dora@example.test' }],
      pinned: { key: said('.g8')?.key },
    });
    expect(said('.g1')?.fold.reactions).toEqual([{ by: 'dora@example.test', emoji: '🥾' }]);
    expect(said('.g2')?.fold.receipts).toEqual([]);
    expect(said('.g9')?.fold.bounces).toEqual([{ recipient: 'dora@example.test', at: minute(30) }]);
  });

  it('are the same in whatever order, batches and repetitions the mails come', async () => {
    const expected = await inOrder();
    const delivery = fc
      .tuple(
        fc.shuffledSubarray(all, { minLength: all.length }),
        fc.array(fc.record({ size: fc.integer({ min: 1, max: 12 }), repeated: fc.boolean() }), {
          minLength: 40,
        }),
        fc.subarray(all, { maxLength: 10 }),
      )
      .map(([order, cuts, copies]): Delivery => {
        const rest = [...order];
        const batches = cuts.flatMap(({ size, repeated }) =>
          rest.length === 0 ? [] : [{ mails: rest.splice(0, size), repeated }],
        );
        // Copies of mails that came before, as another client's moves make them.
        return [...batches, { mails: copies, repeated: false }];
      });
    await fc.assert(
      fc.asyncProperty(delivery, async (way) => {
        expect(await stateAfter(way)).toEqual(expected);
      }),
      { numRuns: 25 },
    );
  }, 120_000);
});
