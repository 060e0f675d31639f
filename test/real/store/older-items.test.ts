import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noFold } from '../../../shared/coi/kept-message.ts';
import { getConversation, putConversation } from '../../../shared/store/conversation.ts';
import { conversationKey, messageKeyOf, partitionOf, watchKey } from '../../../shared/store/keys.ts';
import { getMessage } from '../../../shared/store/message.ts';
import { getWatch, moveLastActivity } from '../../../shared/store/watch.ts';
import { startParts, type TestParts } from '../../support/embedded.ts';
import { exampleId, exampleMessageKey, now } from '../../support/store-examples.ts';

let parts: TestParts;
beforeAll(async () => {
  parts = await startParts();
});
afterAll(() => parts.stop());

const accountId = exampleId(1);
const expiresAt = Math.ceil(now / 1000) + 86_400;

/** Items as version 0.1 wrote them in November 2026, before edits, reactions, pins and groups' members were kept. */
describe('What an older version stored', () => {
  it('is read: a message', async () => {
    const key = exampleMessageKey(now);
    await parts.store.put(messageKeyOf(accountId, 'd-1', key), {
      ...{ m: '<chat$1@example.org>', f: ['bob@example.org', 'Bob'], t: ['anna@example.org', ''], ra: now },
      ...{ k: 'text', z: 900, p: 'Hello', l: { f: 'INBOX', v: 1, u: 2 }, expiresAt },
      a: [{ p: '2', t: 'image/png', f: 'a.png', z: 10 }],
    });
    expect(await getMessage(parts.store, accountId, 'd-1', key, now)).toMatchObject({
      messageId: '<chat$1@example.org>',
      event: undefined,
      title: undefined,
      removed: [],
      attachments: [{ part: '2', filename: 'a.png', preview: undefined }],
      fold: noFold,
    });
  });

  it('is read and written on: a watch, without the times of its last message and change', async () => {
    const key = watchKey(partitionOf(accountId, parts.store.partitions), accountId);
    await parts.store.put(key, { h: 'imap.example.org', m: 'auto', la: now, f: { INBOX: '1.2' } });
    expect(await getWatch(parts.store, accountId)).toMatchObject({
      lastActivityAt: now,
      lastMessageAt: undefined,
      changedAt: undefined,
    });
    expect(await moveLastActivity(parts.store, accountId, now, now + 1)).toBe('moved');
  });

  it('is read and written on: a conversation', async () => {
    await parts.store.put(conversationKey(accountId, 'd-1'), {
      ...{ k: 'direct', t: 'Bob', p: ['bob@example.org', 'Bob'], u: 1, r: new Uint8Array(0), ua: now, w: 1 },
      l: { k: exampleMessageKey(now), f: 'bob@example.org', a: now, t: 'text' },
      expiresAt,
    });
    const stored = await getConversation(parts.store, accountId, 'd-1', now);
    expect(stored).toMatchObject({ title: 'Bob', unread: 1, pinned: undefined, waiting: [] });
    if (stored === undefined) throw new Error('no conversation');
    expect(await putConversation(parts.store, { ...stored, unread: 0 }, now)).toBe('written');
  });
});
