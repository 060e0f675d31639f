import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  applyMessage,
  applySeen,
  type CountedMessage,
  newConversation,
} from '../../../shared/coi/conversation-state.ts';
import type { ConversationRef } from '../../../shared/coi/mail-record.ts';
import { messageKey } from '../../../shared/coi/message-key.ts';
import { limits } from '../../../shared/core/limits.ts';

const bob = { address: 'bob@example.test', name: 'Bob' };
const direct: ConversationRef = {
  id: 'd-1',
  kind: 'direct',
  title: 'Bob',
  participants: [bob],
  groupId: undefined,
};
const group: ConversationRef = { ...direct, id: 'g-1', kind: 'group', title: 'Hiking', groupId: 'gid' };

function messageAt(at: number, more: Partial<CountedMessage> = {}): CountedMessage {
  return {
    key: messageKey(at, `<m${at}@example.test>`),
    from: bob,
    receivedAt: at,
    kind: 'chat',
    own: false,
    seen: false,
    preview: `message ${at}`,
    ...more,
  };
}

describe('applyMessage', () => {
  it('gives back the very same object for a message that was counted in', () => {
    const message = messageAt(1);
    const once = applyMessage(newConversation(direct), message, direct, 10);
    expect(applyMessage(once, message, direct, 20)).toBe(once);
    // The same message, moved by a server that gave it another time.
    const moved = { ...message, key: messageKey(99, '<m1@example.test>') };
    expect(applyMessage(once, moved, direct, 20)).toBe(once);
  });

  it('comes to the same state in whatever order and however often messages come', () => {
    const counted = fc.record({
      at: fc.nat(1_000),
      own: fc.boolean(),
      seen: fc.boolean(),
      title: fc.constantFrom('One', 'Two', 'Three'),
    });
    const messages = fc.uniqueArray(counted, { maxLength: limits.recentKeys, selector: ({ at }) => at });
    const shuffles = messages.chain((inOrder) =>
      fc.record({
        inOrder: fc.constant(inOrder),
        repeated: fc.shuffledSubarray([...inOrder, ...inOrder], { minLength: inOrder.length * 2 }),
      }),
    );
    const stateAfter = (of: readonly { at: number; own: boolean; seen: boolean; title: string }[]) => {
      const state = of.reduce((before, { at, own, seen, title }) => {
        const ref = { ...direct, title, participants: [{ ...bob, name: title }] };
        return applyMessage(before, messageAt(at, { own, seen }), ref, 5_000);
      }, newConversation(direct));
      return { ...state, recent: state.recent.toSorted() };
    };
    fc.assert(
      fc.property(shuffles, ({ inOrder, repeated }) => {
        expect(stateAfter(repeated)).toEqual(stateAfter(inOrder));
      }),
    );
  });

  it('remembers the last messages it counted in, and no more', () => {
    let state = newConversation(direct);
    for (let at = 0; at <= limits.recentKeys; at++) state = applyMessage(state, messageAt(at), direct, 1);
    expect(state.recent).toHaveLength(limits.recentKeys);
    expect(state.recent).not.toContain(messageAt(0).key);
  });

  it.each([
    ['a new one', {}, 1],
    ['an own one', { own: true }, 0],
    ['a read one', { seen: true }, 0],
  ])('counts as unread %s: %o', (_, more, unread) => {
    expect(applyMessage(newConversation(direct), messageAt(1, more), direct, 1).unread).toBe(unread);
  });

  it('counts as read what lies before the last one read', () => {
    const state = applySeen(newConversation(direct), messageAt(5).key, 0, 1);
    expect(applyMessage(state, messageAt(4), direct, 1).unread).toBe(0);
    expect(applyMessage(state, messageAt(5), direct, 1).unread).toBe(0);
    expect(applyMessage(state, messageAt(6), direct, 1).unread).toBe(1);
  });

  it('lets the newest message be the last one', () => {
    const state = [3, 9, 6].reduce(
      (before, at) => applyMessage(before, messageAt(at), direct, at),
      newConversation(direct),
    );
    expect(state.lastMessage).toEqual({
      key: messageAt(9).key,
      from: bob.address,
      at: 9,
      kind: 'chat',
      preview: 'message 9',
    });
    expect(state.updatedAt).toBe(9);
  });

  it('keeps the name of a 1:1 when a newer mail knows the address alone', () => {
    const bare = { ...direct, title: bob.address, participants: [{ ...bob, name: undefined }] };
    const named = applyMessage(newConversation(bare), messageAt(1), direct, 1);
    expect(applyMessage(named, messageAt(2, { own: true }), bare, 1).title).toBe('Bob');
    expect(applyMessage(named, messageAt(0), { ...direct, title: 'Robert' }, 1).title).toBe('Bob');
  });

  it('lets members and the account itself say who is in a group, and nobody else', () => {
    const mallory = { address: 'mallory@elsewhere.test', name: 'Mallory' };
    const changed = { ...group, title: 'Taken', participants: [bob, mallory] };
    const state = applyMessage(newConversation(group), messageAt(1), group, 1);
    const byStranger = applyMessage(state, messageAt(2, { from: mallory }), changed, 1);
    expect(byStranger).toMatchObject({ title: 'Hiking', participants: [bob], unread: 2 });
    expect(applyMessage(state, messageAt(2), changed, 1).title).toBe('Taken');
    expect(applyMessage(state, messageAt(2, { from: mallory, own: true }), changed, 1).title).toBe('Taken');
    expect(applyMessage(state, messageAt(0), changed, 1).title).toBe('Hiking');
  });
});

describe('applySeen', () => {
  const state = applyMessage(newConversation(direct), messageAt(5), direct, 1);

  it('notes up to where is read, and what is left', () => {
    const seen = applySeen(state, messageAt(5).key, 0, 7);
    expect(seen).toMatchObject({ unread: 0, seenUpTo: messageAt(5).key, updatedAt: 7 });
  });

  it('never goes back, and changes nothing when nothing changed', () => {
    const seen = applySeen(state, messageAt(5).key, 0, 7);
    expect(applySeen(seen, messageAt(4).key, 3, 8)).toBe(seen);
    expect(applySeen(seen, messageAt(5).key, 0, 8)).toBe(seen);
    expect(applySeen(seen, messageAt(5).key, 1, 8).unread).toBe(1);
  });

  it('never lets the time of change go back', () => {
    expect(applySeen(state, messageAt(5).key, 0, -9).updatedAt).toBe(state.updatedAt);
  });
});
