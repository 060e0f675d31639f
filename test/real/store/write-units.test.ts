import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getConversation, putConversation } from '../../../shared/store/conversation.ts';
import { putNewMessage } from '../../../shared/store/message.ts';
import { moveCursor, putWatch } from '../../../shared/store/watch.ts';
import { startParts, type TestParts } from '../../support/embedded.ts';
import {
  exampleConversation,
  exampleId,
  exampleMessage,
  exampleWatch,
  now,
} from '../../support/store-examples.ts';

let parts: TestParts;
beforeAll(async () => {
  parts = await startParts();
});
afterAll(() => parts.stop());

const accountId = exampleId(1);

describe('A received message', () => {
  it('takes three write units in a group of eight with 24 recent messages', async () => {
    const { store } = parts;
    await putConversation(store, exampleConversation(), now);
    await putWatch(
      store,
      exampleWatch({
        folders: {
          INBOX: { uidValidity: 1_700_000_000, uidNext: 48_211 },
          'INBOX.Chats': { uidValidity: 1_700_000_001, uidNext: 1207 },
        },
      }),
    );
    parts.take();

    expect(await putNewMessage(store, exampleMessage())).toBe('new');
    expect(await putConversation(store, exampleConversation({ version: 1 }), now)).toBe('written');
    expect(
      await moveCursor(
        store,
        accountId,
        'INBOX',
        { uidValidity: 1_700_000_000, uidNext: 48_211 },
        { uidValidity: 1_700_000_000, uidNext: 48_212 },
        now,
      ),
    ).toBe('moved');

    expect(parts.take()).toEqual({ read: 0, write: 3 });
  });

  it('takes one read unit to find its conversation', async () => {
    parts.take();
    expect(await getConversation(parts.store, accountId, exampleId(3), now)).toBeDefined();
    expect(parts.take()).toEqual({ read: 1, write: 0 });
  });

  it('takes more than three write units when the conversation no longer fits, so that this test can fail', async () => {
    const big = exampleConversation({ id: exampleId(9), title: 'x'.repeat(1024) });
    parts.take();
    await putConversation(parts.store, big, now);
    expect(parts.take().write).toBe(2);
  });
});
