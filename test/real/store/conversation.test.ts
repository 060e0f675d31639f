import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../../shared/core/limits.ts';
import { getConversation, listConversations, putConversation } from '../../../shared/store/conversation.ts';
import { startParts, type TestParts } from '../../support/embedded.ts';
import { exampleConversation, exampleId, now } from '../../support/store-examples.ts';

let parts: TestParts;
beforeAll(async () => {
  parts = await startParts();
});
afterAll(() => parts.stop());

describe('A conversation', () => {
  it('comes back as it was stored, with the next version', async () => {
    const full = exampleConversation({ id: 'full', mutedUntil: now + 5, mentionOnly: true });
    const bare = exampleConversation({
      id: 'bare',
      kind: 'direct',
      participants: [{ address: 'bob@example.org', name: undefined }],
      groupId: undefined,
      seenUpTo: undefined,
      lastMessage: undefined,
      recent: [],
    });
    for (const conversation of [full, bare]) {
      expect(await putConversation(parts.store, conversation, now)).toBe('written');
      expect(await getConversation(parts.store, conversation.accountId, conversation.id, now)).toEqual({
        ...conversation,
        version: 1,
      });
    }
  });

  it('keeps a name that looks like an address, and one with a line break', async () => {
    const participants = [
      { address: 'a@example.org', name: 'b@example.org' },
      { address: 'c@example.org', name: undefined },
      { address: 'd@example.org', name: 'two\nlines\tand "quotes"' },
    ];
    const conversation = exampleConversation({ id: 'names', participants });
    await putConversation(parts.store, conversation, now);
    expect(await getConversation(parts.store, conversation.accountId, 'names', now)).toMatchObject({
      participants,
    });
  });

  it('is made by one of two who make it at once', async () => {
    const results = await Promise.all([
      putConversation(parts.store, exampleConversation({ id: 'twice', title: 'a' }), now),
      putConversation(parts.store, exampleConversation({ id: 'twice', title: 'b' }), now),
    ]);
    expect([...results].sort()).toEqual(['stale', 'written']);
  });

  it('counts every change when many writers read, change and write again', async () => {
    const { store } = parts;
    const { accountId } = exampleConversation();
    await putConversation(store, exampleConversation({ id: 'busy', unread: 0 }), now);
    const addOne = async () => {
      for (;;) {
        const read = await getConversation(store, accountId, 'busy', now);
        if (read === undefined) throw new Error('the conversation is gone');
        const result = await putConversation(store, { ...read, unread: read.unread + 1 }, now);
        if (result === 'written') return;
      }
    };
    await Promise.all(Array.from({ length: 10 }, addOne));
    expect(await getConversation(store, accountId, 'busy', now)).toMatchObject({ unread: 10, version: 11 });
  });

  it('does not come back by a late write after it was deleted', async () => {
    expect(await putConversation(parts.store, exampleConversation({ id: 'gone', version: 4 }), now)).toBe(
      'stale',
    );
  });

  it('is forgotten after a long silence, and made anew by the next message though the old one is still there', async () => {
    const { store } = parts;
    const { accountId } = exampleConversation();
    await putConversation(store, exampleConversation({ id: 'silent' }), now);
    const later = now + limits.conversationKeptMs + 1000;
    expect(await getConversation(store, accountId, 'silent', later - 2000)).toBeDefined();
    expect(await getConversation(store, accountId, 'silent', later)).toBeUndefined();
    expect(await listConversations(store, accountId, later)).toEqual([]);
    expect(await putConversation(store, exampleConversation({ id: 'silent', title: 'new' }), later)).toBe(
      'written',
    );
    expect(await getConversation(store, accountId, 'silent', later)).toMatchObject({ title: 'new' });
  });

  it('is listed with its account’s others and with nobody else’s', async () => {
    const { store } = parts;
    const accountId = exampleId(60);
    for (const id of ['a', 'b']) await putConversation(store, exampleConversation({ accountId, id }), now);
    const listed = await listConversations(store, accountId, now);
    expect(listed.map(({ id }) => id).sort()).toEqual(['a', 'b']);
  });
});
