import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { threadOf } from '../../../shared/flows/send/thread-of.ts';
import type { Conversation } from '../../../shared/store/items.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { seedConversation } from '../../support/seed-conversation.ts';

let host: ApiHost;
beforeAll(async () => {
  host = await startApiHost();
});
afterAll(() => host.stop());

const direct = { kind: 'direct', groupId: undefined } as const;
const inGroup = { kind: 'group', groupId: 'abcdefgh12345678' } as const;

/** The thread of a new mail in a conversation whose messages have these ids, the oldest first. */
async function threadIn(
  ids: readonly string[],
  conversation: Partial<Conversation> = direct,
  answered?: string,
) {
  const { account } = await host.account();
  const seeded = await seedConversation(host.services, account, {
    messages: ids.length,
    message: (index) => ({ messageId: ids[index] ?? '' }),
    conversation,
  });
  const thread = () => threadOf(host.services, account, seeded.conversation, answered);
  expect(await thread()).toEqual(await thread());
  return thread();
}

describe('The thread of a mail', () => {
  it('begins with the first message and ends with the last one', async () => {
    expect(await threadIn(['<chat$1@a>', '<chat$2@a>', '<chat$3@a>'])).toEqual(['<chat$1@a>', '<chat$3@a>']);
    const ofGroup = ['<chat$group.abcdefgh12345678.1@a>', '<x@localhost>'];
    expect(await threadIn(ofGroup, inGroup)).toEqual(ofGroup);
  });

  it('ends with the message that is answered', async () => {
    expect(await threadIn(['<chat$1@a>', '<chat$2@a>', '<chat$3@a>'], direct, '<chat$2@a>')).toEqual([
      '<chat$1@a>',
      '<chat$2@a>',
    ]);
  });

  it('begins with an id that tells a chat, and its group, where others began it with one that does not', async () => {
    expect(await threadIn(['<x@localhost>', '<y@localhost>'])).toEqual([
      expect.stringMatching(/^<chat\$[\w-]{22}@example\.test>$/),
      '<y@localhost>',
    ]);
    for (const first of ['<x@localhost>', '<chat$group.another12345678.1@a>', '<chat$1@a>']) {
      expect(await threadIn([first, '<y@localhost>'], inGroup)).toEqual([
        expect.stringMatching(/^<chat\$group\.abcdefgh12345678\.[\w-]{22}@example\.test>$/),
        '<y@localhost>',
      ]);
    }
  });

  it('leaves out what no header line can hold', async () => {
    const long = `<${'x'.repeat(950)}@a>`;
    expect(await threadIn(['<chat$1@a>', long])).toEqual(['<chat$1@a>']);
    expect(await threadIn(['<chat$1@a>', '<ä@a>'])).toEqual(['<chat$1@a>']);
  });

  it('is none where nothing was said yet', async () => {
    const { account } = await host.account();
    expect(await threadOf(host.services, account, undefined, undefined)).toEqual([]);
    expect(await threadIn([])).toEqual([]);
  });
});
