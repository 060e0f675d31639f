import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noFold } from '../../../shared/coi/kept-message.ts';
import { limits } from '../../../shared/core/limits.ts';
import { messageRef } from '../../../shared/flows/conversations/message-ref.ts';
import type { Conversation, Message } from '../../../shared/store/items.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { seedConversation } from '../../support/seed-conversation.ts';

let host: ApiHost;
beforeAll(async () => {
  host = await startApiHost();
});
afterAll(() => host.stop());

const bob = { address: 'bob@example.org', name: undefined };
const carol = { address: 'carol@example.org', name: undefined };

/** Somebody with a conversation, whose messages are somebody else's unless a test says otherwise. */
async function person(
  options: {
    messages?: number;
    message?: (index: number) => Partial<Message>;
    conversation?: Partial<Conversation>;
  } = {},
) {
  const { client, account } = await host.account();
  const { conversation, messages } = await seedConversation(host.services, account, options);
  const [first] = messages;
  return {
    account,
    conversation: conversation.id,
    ids: messages.map(messageRef),
    target: first === undefined ? 'none' : messageRef(first),
    send: (body: object) =>
      client.request('POST', '/v1/messages', { conversation: conversation.id, ...body }),
  };
}

const text = { kind: 'text', text: 'hi' };
const edit = { kind: 'edit', target: 'x', text: 'hi' };
const reaction = { kind: 'reaction', target: 'x', emoji: '👍' };
const location = { kind: 'location', latitude: 1, longitude: 2 };
const poll = { kind: 'poll', question: 'When?', options: ['Today', 'Tomorrow'] };
const vote = { kind: 'poll-vote', target: 'x', options: ['Today'] };
const contact = { kind: 'contact', name: 'Bob', addresses: ['bob@example.org'] };
const update = { kind: 'group-update', name: 'My Crew' };
const file = { filename: 'a.png', type: 'image/png', content: 'eA==' };
const withFile = (changes: object) => ({ ...text, attachments: [{ ...file, ...changes }] });
const group = { name: 'My Crew', participants: ['bob@example.org'] };
const founding = (changes: object) => ({ ...text, conversation: undefined, group: { ...group, ...changes } });
const long = (characters: number) => 'x'.repeat(characters + 1);

describe('a message of a wrong form', () => {
  it.each<[string, object]>([
    ['kind', { kind: undefined }],
    ['kind', { ...text, kind: 'group-info' }],
    ['to', { ...text, conversation: undefined }],
    ['to', { ...text, group }],
    ['to', { ...text, to: ['bob@example.org'] }],
    ['text', { kind: 'text', attachments: [] }],
    ['text', { ...text, text: 'a\0b' }],
    ['text', { kind: 'text', markdown: '**hi**', attachments: [file] }],
    ['markdown', { ...text, markdown: '' }],
    ['markdown', { ...text, markdown: long(limits.textCharacters) }],
    ['pinned', { ...text, pinned: true }],
    ['pinned.until', { ...text, pinned: { until: 'tomorrow' } }],
    ['pinned.forever', { ...text, pinned: { forever: true } }],
    ['target', { ...text, target: 'x' }],
    ['emoji', { ...edit, emoji: '👍' }],
    ['text', { ...edit, text: ' ' }],
    ['text', { ...edit, text: undefined }],
    ['target', { ...edit, target: undefined }],
    ['target', { kind: 'delete' }],
    ['text', { kind: 'delete', target: 'x', text: 'gone' }],
    ...[
      'x',
      '7',
      ':)',
      '👍👍x',
      '<b>',
      '👍\0',
      Array(11)
        .fill(0)
        .map((_, i) => String.fromCodePoint(0x1f600 + i))
        .join(' '),
      '👍'.repeat(21),
    ].map((emoji): [string, object] => ['emoji', { ...reaction, emoji }]),
    ['emoji', { ...reaction, emoji: undefined }],
    ['latitude', { ...location, latitude: 90.1 }],
    ['latitude', { ...location, latitude: '1' }],
    ['longitude', { ...location, longitude: -180.1 }],
    ['longitude', { ...location, longitude: undefined }],
    ['text', { ...location, text: long(limits.textCharacters) }],
    ['question', { ...poll, question: '' }],
    ['options', { ...poll, options: ['one'] }],
    ['options', { ...poll, options: ['same', 'same'] }],
    ['options', { ...poll, options: Array.from({ length: limits.pollOptions + 1 }, (_, i) => `${i}`) }],
    ['options[1]', { ...poll, options: ['one', ''] }],
    ['options[0]', { ...poll, options: [long(limits.pollOptionCharacters), 'two'] }],
    ['multiple', { ...poll, multiple: 2 }],
    ['options', { ...vote, options: ['same', 'same'] }],
    ['options', { ...vote, options: undefined }],
    ['name', { ...contact, name: 'Bob\r\nBcc: eve@example.org' }],
    ['name', { ...contact, name: '' }],
    ['nickname', { ...contact, nickname: 'a\nb' }],
    ['addresses', { ...contact, addresses: [] }],
    ['addresses[0]', { ...contact, addresses: ['bob'] }],
    ['name', { ...update, name: ' ' }],
    ['name', { ...update, name: 'a\r\nb' }],
    ['name', { ...update, name: 'ä'.repeat(100) }],
    ['description', { ...update, description: long(limits.groupDescriptionCharacters) }],
    ['add', { ...update, add: [] }],
    ['add[0]', { ...update, add: ['bob@example.org, eve@example.org'] }],
    ['remove[0]', { ...update, remove: ['bob\n@example.org'] }],
    ['group.name', founding({ name: 'a\nb' })],
    ['group.name', founding({ name: '' })],
    ['group.participants', founding({ participants: [] })],
    ['group.participants[0]', founding({ participants: ['bob'] })],
    ['group.description', founding({ description: 'a\0' })],
    ['group.id', founding({ id: 'mine' })],
    ['attachments[0].filename', withFile({ filename: '' })],
    ['attachments[0].filename', withFile({ filename: '../a.png' })],
    ['attachments[0].filename', withFile({ filename: 'C:\\a.png' })],
    ['attachments[0].filename', withFile({ filename: 'a\r\n.png' })],
    ['attachments[0].filename', withFile({ filename: `${'ä'.repeat(126)}.png` })],
    ['attachments[0].type', withFile({ type: 'png' })],
    ['attachments[0].type', withFile({ type: 'image/png\r\nBcc: eve@example.org' })],
    ['attachments[0].type', withFile({ type: 'image/png; name="x"' })],
    ['attachments[0].type', withFile({ type: 'multipart/mixed' })],
    ['attachments[0].type', withFile({ type: 'Message/RFC822' })],
    ['attachments[0].content', withFile({ content: 'e' })],
    ['attachments[0].content', withFile({ content: 'eA' })],
    ['attachments[0].content', withFile({ content: 'eB==' })],
    ['attachments[0].content', withFile({ content: 'e-_=' })],
    ['attachments[0].content', withFile({ content: 'eA==\n' })],
    ['attachments[0].content', withFile({ content: undefined })],
    ['attachments[0].path', withFile({ path: '/etc/passwd' })],
    ['attachments[0].href', withFile({ href: 'https://example.org/' })],
    ['attachments[0].durationMs', withFile({ durationMs: 0 })],
    ['attachments', { ...text, attachments: Array(limits.attachments + 1).fill(file) }],
  ])('is told that %s is wrong: %j', async (field, body) => {
    const { send } = await person();
    const reply = await send(body);
    expect(reply.body).toMatchObject({ status: 400, code: 'invalid-request', errors: [{ field }] });
  });

  it('may not be larger than its limit', async () => {
    const { send } = await person();
    const content = 'A'.repeat(limits.sendBodyBytes);
    expect((await send(withFile({ content }))).body).toMatchObject({ status: 413, code: 'invalid-request' });
  });
});

describe('a message about another', () => {
  const about = (target: string | undefined) => [
    { ...edit, target },
    { kind: 'delete', target },
    { ...reaction, target },
    { ...vote, target },
    { kind: 'poll-close', target },
  ];

  it.each<[string, Partial<Message>, readonly number[]]>([
    ["somebody else's", {}, [0, 1, 3, 4]],
    ['your own, which is no poll', { own: true }, [3, 4]],
    ["somebody else's poll", { kind: 'poll' }, [0, 1, 4]],
    ['hidden', { own: true, kind: 'poll', fold: { ...noFold, hidden: true } }, [0, 1, 2, 3, 4]],
    ['encrypted', { own: true, kind: 'poll', encrypted: true }, [0]],
    ['named as no mail can', { own: true, kind: 'poll', messageId: '<ä b>' }, [0, 1, 2, 3, 4]],
  ])('is refused where it cannot be done: %s', async (_, message, refused) => {
    const { send, target } = await person({ message: () => message });
    const bodies = about(target);
    for (const index of refused) {
      const reply = await send(bodies[index] ?? {});
      expect([index, reply.body]).toMatchObject([
        index,
        { status: 400, code: 'invalid-request', errors: [{ field: 'target' }] },
      ]);
    }
  });

  it('is in conflict with its deletion', async () => {
    const fold = { ...noFold, deletedAt: 1 };
    const { send, target } = await person({ message: () => ({ own: true, kind: 'poll', fold }) });
    for (const body of [...about(target), { ...text, replyTo: target }]) {
      expect((await send(body)).body).toMatchObject({ status: 409, code: 'conflict' });
    }
  });

  it('finds it in its own conversation and account alone', async () => {
    const [alice, mallory] = [await person(), await person()];
    const { conversation, messages } = await seedConversation(host.services, alice.account, { id: 'other' });
    const [elsewhere] = messages;
    if (elsewhere === undefined) throw new Error('nothing seeded');
    const strange = ['x', `${alice.conversation}.000000000.AAAAAAAA`, messageRef(elsewhere)];
    for (const target of strange) {
      for (const body of [...about(target), { ...text, replyTo: target }]) {
        const field = body.kind === 'text' ? 'replyTo' : 'target';
        expect((await alice.send(body)).body).toMatchObject({ status: 400, errors: [{ field }] });
      }
    }
    const reply = await mallory.send({
      ...reaction,
      conversation: conversation.id,
      target: messageRef(elsewhere),
    });
    expect(reply.status).toBe(404);
    const inNewGroup = { ...reaction, conversation: undefined, group, target: alice.target };
    expect((await alice.send(inNewGroup)).body).toMatchObject({ status: 400, errors: [{ field: 'target' }] });
  });
});

describe('a change of a group', () => {
  const inGroup = (changes: Partial<Conversation> = {}) =>
    person({
      conversation: {
        kind: 'group',
        groupId: 'abcdefgh12345678',
        title: 'My Crew',
        participants: [bob, carol],
        ...changes,
      },
    });

  it.each<[string, object]>([
    ['add', { kind: 'group-update' }],
    ['add', { kind: 'group-update', name: 'My Crew' }],
    ['add', { kind: 'group-update', add: ['BOB@example.org'] }],
    ['remove', { kind: 'group-update', remove: ['eve@example.org'] }],
    ['remove', { kind: 'group-update', remove: ['bob@example.org', 'carol@example.org'] }],
    ['add', { kind: 'group-update', add: Array.from({ length: 99 }, (_, i) => `m${i}@example.org`) }],
  ])('names what is wrong: %s in %j', async (field, body) => {
    const { send } = await inGroup();
    expect((await send(body)).body).toMatchObject({ status: 400, errors: [{ field }] });
  });

  it('cannot add or remove yourself', async () => {
    const { send, account } = await inGroup();
    for (const [field, body] of [
      ['add', { add: [account.email] }],
      ['remove', { remove: [account.email] }],
    ] as const) {
      const reply = await send({ kind: 'group-update', ...body });
      expect(reply.body).toMatchObject({ status: 400, errors: [{ field }] });
    }
  });

  it.each<[string, Partial<Conversation>]>([
    ['a 1:1', { kind: 'direct', groupId: undefined, participants: [bob] }],
    ['people without a group', { groupId: undefined }],
    ['a list', { kind: 'list', groupId: undefined }],
  ])('is nothing for %s', async (_, conversation) => {
    const { send } = await inGroup(conversation);
    for (const body of [update, { kind: 'group-leave' }]) {
      expect((await send(body)).body).toMatchObject({ status: 400, errors: [{ field: 'conversation' }] });
    }
  });

  it('is nothing for a group that is to be, and a group needs others in it', async () => {
    const { send, account } = await inGroup();
    const early = await send({ ...update, conversation: undefined, group });
    expect(early.body).toMatchObject({ status: 400, errors: [{ field: 'conversation' }] });
    const alone = await send(founding({ participants: [account.email] }));
    expect(alone.body).toMatchObject({ status: 400, errors: [{ field: 'group.participants' }] });
    const left = await inGroup({ participants: [] });
    expect((await left.send(text)).body).toMatchObject({ status: 400, errors: [{ field: 'conversation' }] });
  });
});
