import { describe, expect, it } from 'vitest';
import { applySeen, countIn, newConversation } from '../../../shared/coi/conversation-state.ts';
import type { KeptMessage } from '../../../shared/coi/kept-message.ts';
import { messageKey } from '../../../shared/coi/message-key.ts';
import { replay } from '../../../shared/coi/replay.ts';
import { limits } from '../../../shared/core/limits.ts';
import { bob, direct, group, kept, own, withFolds } from '../../support/kept-messages.ts';

const facts = { own, now: 10 };

/** A conversation in which these messages were said. */
function stateOf(messages: readonly KeptMessage[], ref = direct) {
  const replayed = replay(newConversation(ref), ref, withFolds(messages), { isCut: false, own, now: 1 });
  return replayed.state;
}

describe('counting a message in', () => {
  it('gives back the very same object for one that was counted in', () => {
    const once = stateOf([kept(1)]);
    expect(countIn(once, kept(1), facts)).toBe(once);
    // The same message, moved by a server that gave it another time.
    const moved = { ...kept(1), key: messageKey(99, kept(1).messageId) };
    expect(countIn(once, moved, facts)).toBe(once);
  });

  it('adds one unread message, and names the newest as the last', () => {
    const state = countIn(stateOf([kept(5)]), kept(7), facts);
    expect(state).toMatchObject({ unread: 2, lastMessage: { key: kept(7).key }, updatedAt: 10 });
    const older = state && countIn(state, kept(6), facts);
    expect(older).toMatchObject({ unread: 3, lastMessage: { key: kept(7).key } });
  });

  it.each([
    ['an own message', { own: true }],
    ['one that was read already', { seen: true }],
  ])('does not take %s for unread', (_, more) => {
    expect(countIn(stateOf([kept(1)]), kept(2, more), facts)?.unread).toBe(1);
  });

  it('does not take what is below the last one read for unread', () => {
    const state = applySeen(stateOf([kept(5)]), kept(5).key, 0, 9);
    expect(countIn(state, kept(4), facts)?.unread).toBe(0);
    expect(countIn(state, kept(6), facts)?.unread).toBe(1);
  });

  it('calls a 1:1 by the newest name of the other one', () => {
    const named = (at: number, name: string | undefined) => kept(at, { from: { ...bob, name } });
    const state = stateOf([named(5, 'Bob')]);
    expect(countIn(state, named(6, 'Robert'), facts)?.title).toBe('Robert');
    expect(countIn(state, named(6, undefined), facts)?.title).toBe('Bob');
    expect(countIn(state, named(4, 'Bobby'), facts)?.title).toBe('Bob');
  });

  it('remembers the newest messages, and no more', () => {
    let state: ReturnType<typeof stateOf> | undefined = stateOf([kept(0)]);
    for (let at = 1; at <= limits.recentKeys; at++) state = state && countIn(state, kept(at), facts);
    expect(state?.recent).toHaveLength(limits.recentKeys);
    expect(state?.recent).not.toContain(kept(0).key);
  });

  it.each([
    ['the first message', newConversation(direct), kept(1)],
    ['an event', stateOf([kept(1)]), kept(2, { event: { kind: 'delete', targets: ['<x@y>'] } })],
    ['a pinned one', stateOf([kept(1)]), kept(2, { pinned: { until: undefined } })],
    [
      'one that others wait for',
      stateOf([kept(1), kept(3, { event: { kind: 'delete', targets: [kept(2).messageId] } })]),
      kept(2),
    ],
    [
      'one older than all that is remembered',
      stateOf(Array.from({ length: limits.recentKeys }, (_, index) => kept(index + 10))),
      kept(9),
    ],
    ['a late one in a group', stateOf([kept(5, { title: 'Hiking' })], group), kept(4, { title: 'Hiking' })],
    ['another name of a group', stateOf([kept(5, { title: 'A' })], group), kept(6, { title: 'B' })],
    [
      'a new member',
      stateOf([kept(5, { title: 'A' })], group),
      kept(6, { title: 'A', to: [{ address: 'new@example.test', name: undefined }] }),
    ],
    ['somebody who leaves', stateOf([kept(5, { title: 'A' })], group), kept(6, { removed: [bob.address] })],
  ])('leaves %s to the replay', (_, state, message) => {
    expect(countIn(state, message, facts)).toBeUndefined();
  });

  it('counts in what a member writes to the whole group, and what is no statement about it', () => {
    const state = stateOf([kept(5, { title: 'A' })], group);
    expect(countIn(state, kept(6, { title: 'A' }), facts)?.unread).toBe(2);
    expect(countIn(state, kept(6), facts)?.unread).toBe(2);
  });
});

describe('marking as read', () => {
  it('goes forward only', () => {
    const state = applySeen(stateOf([kept(1), kept(2)]), kept(2).key, 0, 20);
    expect(state).toMatchObject({ seenUpTo: kept(2).key, unread: 0, updatedAt: 20 });
    expect(applySeen(state, kept(1).key, 1, 30)).toBe(state);
    expect(applySeen(state, kept(2).key, 0, 30)).toBe(state);
  });
});
