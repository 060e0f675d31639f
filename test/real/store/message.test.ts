import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noFold } from '../../../shared/coi/kept-message.ts';
import type { Message } from '../../../shared/store/items.ts';
import {
  getMessage,
  listMessages,
  listMessagesBetween,
  listShownMessages,
  putNewMessage,
  setMessageFold,
  setMessageOutgoing,
  setMessagePlace,
} from '../../../shared/store/message.ts';
import { startParts, type TestParts } from '../../support/embedded.ts';
import { exampleMessage, exampleMessageKey, exampleOutgoing, now } from '../../support/store-examples.ts';

let parts: TestParts;
beforeAll(async () => {
  parts = await startParts();
});
afterAll(() => parts.stop());

const { accountId } = exampleMessage();
const read = (message: Message, at = now) =>
  getMessage(parts.store, accountId, message.conversationId, message.key, at);

/** Ten messages, a minute apart, in a conversation of their own. */
async function storeTen(conversationId: string): Promise<string[]> {
  const keys = Array.from({ length: 10 }, (_, index) => exampleMessageKey(now + index * 60_000));
  await Promise.all(keys.map((key) => putNewMessage(parts.store, exampleMessage({ conversationId, key }))));
  return keys;
}

describe('A message', () => {
  it('comes back as it was stored', async () => {
    const full = exampleMessage({
      conversationId: 'full',
      own: true,
      seen: true,
      encrypted: true,
      outgoing: 'sent',
    });
    const bare = exampleMessage({
      conversationId: 'bare',
      inReplyTo: undefined,
      from: { address: 'x@example.org', name: undefined },
      to: [],
      date: undefined,
      mention: false,
      receiptRequested: false,
      attachments: [],
      preview: undefined,
      place: undefined,
    });
    for (const message of [full, bare]) {
      await putNewMessage(parts.store, message);
      expect(await read(message)).toEqual(message);
    }
  });

  it('is new once, however often and from however many sides it comes', async () => {
    const message = exampleMessage({ conversationId: 'once' });
    const results = await Promise.all(Array.from({ length: 10 }, () => putNewMessage(parts.store, message)));
    expect(results.filter((result) => result === 'new')).toHaveLength(1);
    expect(await putNewMessage(parts.store, { ...message, preview: 'changed' })).toBe('known');
    expect(await read(message)).toEqual(message);
  });

  it('takes a new place, and how far its sending is, by its own name or that of its outgoing mail', async () => {
    const message = exampleMessage({ conversationId: 'moved', place: undefined, outgoing: 'queued' });
    await putNewMessage(parts.store, message);
    const place = { folder: 'INBOX.Chats', uidValidity: 3, uid: 9 };
    await setMessagePlace(parts.store, message, place);
    await setMessageOutgoing(parts.store, exampleOutgoing({ conversationId: 'moved' }), 'sent');
    expect(await read(message)).toEqual({ ...message, place, outgoing: 'sent' });
  });

  it('keeps what others made of it, of the newest version of its conversation', async () => {
    const message = exampleMessage({ conversationId: 'folded' });
    await putNewMessage(parts.store, message);
    const fold = {
      hidden: true,
      edited: { key: exampleMessageKey(now + 1), at: now + 1 },
      deletedAt: now + 2,
      reactions: [{ by: 'bob@example.org', emoji: '👍' }],
      receipts: [{ by: 'bob@example.org', at: now + 3 }],
      bounces: [{ recipient: 'x@example.org', at: now + 4 }],
    };
    await setMessageFold(parts.store, message, fold, 2);
    expect(await read(message)).toEqual({ ...message, fold });
    await setMessageFold(parts.store, message, noFold, 1);
    expect((await read(message))?.fold).toEqual(fold);
    await setMessageFold(parts.store, message, noFold, 3);
    expect((await read(message))?.fold).toEqual(noFold);
  });

  it('keeps what is said of it besides its text', async () => {
    const message = exampleMessage({
      conversationId: 'extras',
      title: undefined,
      removed: ['carol@example.org'],
      pinned: { until: now },
      location: { latitude: -33.9, longitude: 18.4 },
      extension: 'org.example.game',
      attachments: [{ part: '3', type: 'image/webp', filename: undefined, size: 1, preview: '2' }],
    });
    await putNewMessage(parts.store, message);
    expect(await read(message)).toEqual(message);
  });

  it.each<NonNullable<Message['event']>>([
    { kind: 'edit', targets: ['<a@x>'] },
    { kind: 'delete', targets: ['<a@x>', '<b@x>'] },
    { kind: 'reaction', targets: ['<a@x>'], emoji: ['👍', '❤️'] },
    { kind: 'receipt', targets: ['<a@x>'] },
    { kind: 'bounce', targets: ['<a@x>'], recipients: ['bob@example.org'] },
    { kind: 'pin', targets: ['<a@x>'] },
    { kind: 'unpin', targets: ['<a@x>'] },
  ])('keeps what it does: $kind', async (event) => {
    const message = exampleMessage({ conversationId: `event-${event.kind}`, event });
    await putNewMessage(parts.store, message);
    expect(await read(message)).toEqual(message);
  });

  it('is not brought back by a change after it is gone', async () => {
    const message = exampleMessage({ conversationId: 'gone' });
    await setMessagePlace(parts.store, message, { folder: 'INBOX', uidValidity: 1, uid: 1 });
    await setMessageOutgoing(parts.store, message, 'sent');
    await setMessageFold(parts.store, message, noFold, 1);
    expect(await read(message)).toBeUndefined();
  });

  it('counts as absent once it has expired', async () => {
    const message = exampleMessage({ conversationId: 'old' });
    await putNewMessage(parts.store, message);
    expect(await read(message, message.expiresAt - 1)).toBeDefined();
    expect(await read(message, message.expiresAt)).toBeUndefined();
  });
});

describe('The messages of a conversation', () => {
  it('are paged through newest first, each once', async () => {
    const keys = await storeTen('paged');
    const seen: string[][] = [];
    let before: string | undefined;
    do {
      const page = await listMessages(parts.store, accountId, 'paged', { limit: 4, before, now });
      seen.push(page.messages.map(({ key }) => key));
      before = page.next;
    } while (before !== undefined);
    expect(seen.map((page) => page.length)).toEqual([4, 4, 2]);
    expect(seen.flat()).toEqual(keys.toReversed());
  });

  it('keep their pages apart when a message comes in between', async () => {
    const keys = await storeTen('growing');
    const first = await listMessages(parts.store, accountId, 'growing', { limit: 4, before: undefined, now });
    const key = exampleMessageKey(now + 11 * 60_000);
    await putNewMessage(parts.store, exampleMessage({ conversationId: 'growing', key }));
    const second = await listMessages(parts.store, accountId, 'growing', {
      limit: 4,
      before: first.next,
      now,
    });
    expect(second.messages.map((message) => message.key)).toEqual(keys.toReversed().slice(4, 8));
  });

  it('end on an empty page at most, not on a missing one, when expired messages are left out', async () => {
    await storeTen('expiring');
    const page = await listMessages(parts.store, accountId, 'expiring', {
      limit: 4,
      before: undefined,
      now: exampleMessage().expiresAt,
    });
    expect(page.messages).toEqual([]);
    expect(page.next).toBeDefined();
  });

  it('are shown without those that are hidden, in full pages', async () => {
    const keys = await storeTen('hiding');
    const hide = async (key: string) =>
      setMessageFold(
        parts.store,
        exampleMessage({ conversationId: 'hiding', key }),
        { ...noFold, hidden: true },
        1,
      );
    for (const key of keys.slice(2, 8)) await hide(key);
    const page = (before: string | undefined) =>
      listShownMessages(parts.store, accountId, 'hiding', { limit: 3, before, now });
    const first = await page(undefined);
    expect(first.messages.map(({ key }) => key)).toEqual([keys[9], keys[8], keys[1]]);
    const second = await page(first.next);
    expect(second.messages.map(({ key }) => key)).toEqual([keys[0]]);
    expect(second.next).toBeUndefined();
  });

  it('between two keys are those above the first up to and with the second', async () => {
    const keys = await storeTen('between');
    const between = (after: string | undefined, limit = 100) =>
      listMessagesBetween(parts.store, accountId, 'between', { after, upTo: keys[6] ?? '', limit, now });
    expect((await between(keys[2])).map(({ key }) => key)).toEqual(keys.slice(3, 7).toReversed());
    expect((await between(undefined)).map(({ key }) => key)).toEqual(keys.slice(0, 7).toReversed());
    expect((await between(keys[2], 2)).map(({ key }) => key)).toEqual(keys.slice(5, 7).toReversed());
    expect(await between(keys[8])).toEqual([]);
  });
});
