import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReceivedMail } from '../../../shared/coi/received-mail.ts';
import { Fault } from '../../../shared/core/faults.ts';
import { noteSeen } from '../../../shared/flows/conversations/note-seen.ts';
import { type ToldOfMessage, tellOfMessage } from '../../../shared/flows/conversations/tell-of-message.ts';
import { takeInMails } from '../../../shared/flows/receive/take-in-mails.ts';
import type { AccountCheck } from '../../../shared/flows/watch/account-check.ts';
import { openCheck } from '../../../shared/flows/watch/open-check.ts';
import { listConversations } from '../../../shared/store/conversation.ts';
import type { Account, Conversation, Message } from '../../../shared/store/items.ts';
import { listMessages, listShownMessages } from '../../../shared/store/message.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { encryptedStory } from '../../support/encrypted-story.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';
import { mailboxAccount, watchOf } from '../../support/watched-account.ts';

const alice = 'alice@example.test';
const told = encryptedStory(alice);
const all = told.map((_, index) => index);

/** What happens: mails come, and their cursor is moved or not; a client tells of a message; a conversation was read. */
type Step =
  | { readonly kind: 'mails'; readonly mails: readonly number[]; readonly acknowledged: boolean }
  | { readonly kind: 'tell'; readonly mail: number; readonly unlessTold?: boolean }
  | { readonly kind: 'read' };

describe.skipIf(!hasMailServers)('what clients tell of encrypted messages', () => {
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

  const conversationsOf = (account: Account) =>
    listConversations(host.services.store, account.id, host.services.clock.now());

  async function messageOf(account: Account, mail: number): Promise<Message | undefined> {
    const { store, clock } = host.services;
    const id = told[mail]?.messageId;
    for (const conversation of await conversationsOf(account)) {
      const page = { limit: 100, before: undefined, now: clock.now() };
      const { messages } = await listMessages(store, account.id, conversation.id, page);
      const found = messages.find((each) => each.messageId === id && each.movedTo === undefined);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** An account of its own into which all mails were taken. */
  async function whoGotAll(): Promise<Account> {
    const account = { ...(await host.account()).account, email: alice };
    const own: AccountCheck = { ...check, account, facts: { addresses: [alice] }, cursors: new Map() };
    await takeInMails(
      own,
      told.map(({ mail }, index) => ({ ...mail, uid: index + 1 })),
      { alertReceivedAfter: 0 },
    );
    return account;
  }

  /** Where it belongs, by kind of conversation: the ids differ from account to account. */
  function wishFor(mail: number, conversations: readonly Conversation[]): ToldOfMessage | undefined {
    const wish = told[mail]?.wish;
    if (wish === undefined) return undefined;
    const { to, ...rest } = wish;
    if (to === undefined) return rest;
    const target = conversations.find(({ kind }) => kind === to);
    return target && { ...rest, conversation: target.id };
  }

  /** Whether there was anything to tell it of. */
  async function tell(account: Account, mail: number): Promise<boolean> {
    const message = await messageOf(account, mail);
    const wish = wishFor(mail, await conversationsOf(account));
    if (message === undefined || wish === undefined) return false;
    await tellOfMessage(host.services, account, message, wish);
    return true;
  }

  /** Everything a client sees after these steps, then after each mail came and each message was told of. */
  async function stateAfter(steps: readonly Step[]) {
    const account = { ...(await host.account()).account, email: alice };
    const cursors = new Map([['INBOX', { uidValidity: 1, uidNext: 1 }]]);
    const own: AccountCheck = { ...check, account, facts: { addresses: [alice] }, cursors };
    let uid = 0;
    const mails = (acknowledged: boolean) => ({ kind: 'mails', mails: all, acknowledged }) as const;
    const toldOf = new Set<number>();
    // What was told is not told again: that would put right what the mails' coming again may have spoiled.
    const rest: readonly Step[] = [
      mails(false),
      ...all.map((mail) => ({ kind: 'tell', mail, unlessTold: true }) as const),
      { kind: 'read' },
      mails(false),
      mails(true),
      mails(true),
    ];
    for (const step of [...steps, ...rest]) {
      if (step.kind === 'tell' && !(step.unlessTold && toldOf.has(step.mail))) {
        if (await tell(account, step.mail)) toldOf.add(step.mail);
      }
      if (step.kind === 'read') await read(account);
      if (step.kind !== 'mails') continue;
      const batch = step.mails.flatMap((index): ReceivedMail[] => {
        const mail = told[index]?.mail;
        uid += 1;
        return mail === undefined ? [] : [{ ...mail, uid }];
      });
      await takeInMails(own, batch, { alertReceivedAfter: 0 });
      if (step.acknowledged) cursors.set('INBOX', { uidValidity: 1, uidNext: uid + 1 });
    }
    return seenOf(account);
  }

  /** The direct conversation is read up to the message of that name. */
  async function read(account: Account): Promise<void> {
    const direct = (await conversationsOf(account)).find(({ kind }) => kind === 'direct');
    const upTo = await messageOf(account, 1);
    const isLater = direct?.seenUpTo !== undefined && upTo !== undefined && direct.seenUpTo >= upTo.key;
    if (direct !== undefined && upTo !== undefined && !isLater)
      await noteSeen(host.services, direct, upTo.key);
  }

  async function seenOf(account: Account) {
    const { store, clock } = host.services;
    const shown = await Promise.all(
      (await conversationsOf(account)).map(
        async ({ accountId, version, updatedAt, waiting, ...conversation }) => {
          const page = { limit: 100, before: undefined, now: clock.now() };
          const { messages } = await listShownMessages(store, account.id, conversation.id, page);
          return {
            ...conversation,
            messages: messages.map(({ messageId, kind, key, silent, conversationId }) => ({
              messageId,
              kind,
              key,
              silent,
              conversationId,
            })),
          };
        },
      ),
    );
    return shown.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  it('moves, names and silences them, and counts what is left unread', async () => {
    const state = await stateAfter([]);
    const direct = state.find(({ kind }) => kind === 'direct');
    const group = state.find(({ kind }) => kind === 'group');
    const ids = (list: readonly { messageId: string }[] | undefined) =>
      list?.map(({ messageId }) => /\$(?:group\.\w+\.)?(\w+)@/.exec(messageId)?.[1]);
    expect(ids(direct?.messages)).toEqual(['e5', 'e2', 'e1']);
    expect(ids(group?.messages)).toEqual(['g3', 'e4', 'g2', 'g1', 'e3']);
    expect(direct).toMatchObject({ unread: 1, lastMessage: { kind: 'image' } });
    expect(group).toMatchObject({
      unread: 5,
      title: 'Hiking',
      participants: [{ address: 'carol@example.test' }, { address: 'bob@example.test' }],
    });
  });

  it('stands in whatever order mails, words and reading come, and however often', async () => {
    const expected = await stateAfter([]);
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('mails' as const),
        mails: fc.shuffledSubarray(all, { minLength: 1, maxLength: 6 }),
        acknowledged: fc.boolean(),
      }),
      fc.record({ kind: fc.constant('tell' as const), mail: fc.constantFrom(...all) }),
      fc.constant({ kind: 'read' as const }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
        expect(await stateAfter(steps)).toEqual(expected);
      }),
      { numRuns: 25 },
    );
  }, 180_000);

  it('changes nothing more when it is told again, with a former id too', async () => {
    const account = await whoGotAll();
    const before = await messageOf(account, 2);
    const wish = wishFor(2, await conversationsOf(account));
    if (before === undefined || wish === undefined) throw new Error('no such mail');
    const moved = await tellOfMessage(host.services, account, before, wish);
    expect(moved.conversationId).toBe(wish.conversation);
    const versions = async () =>
      (await conversationsOf(account)).map(({ id, version, unread }) => [id, version, unread]);
    const settled = await versions();
    host.parts.take();
    for (const name of [before, moved])
      expect(await tellOfMessage(host.services, account, name, wish)).toEqual(moved);
    expect(await versions()).toEqual(settled);
  });

  it('ends in one place when many devices move a message at once', async () => {
    const account = await whoGotAll();
    const message = await messageOf(account, 2);
    const conversations = await conversationsOf(account);
    if (message === undefined) throw new Error('no such mail');
    const attempts = conversations
      .flatMap(({ id }) => [id, id])
      .map((conversation) =>
        tellOfMessage(host.services, account, message, { conversation }).catch((error: unknown) => {
          if (!(error instanceof Fault && error.code === 'conflict')) throw error;
        }),
      );
    await Promise.all(attempts);
    const [last] = conversations;
    await tellOfMessage(host.services, account, message, { conversation: last?.id });
    const state = await seenOf(account);
    const places = state.filter(({ messages }) =>
      messages.some(({ messageId }) => messageId === message.messageId),
    );
    expect(places.map(({ id }) => id)).toEqual([last?.id]);
    const counts = state.map(({ unread, messages }) => [unread, messages.length]);
    expect(counts.flat().every((count) => count > 0)).toBe(true);
    expect(counts.map(([unread]) => unread)).toEqual(counts.map(([, length]) => length));
  });
});
