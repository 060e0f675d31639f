import { describe, expect, it } from 'vitest';
import { foldEvents } from '../../../shared/coi/fold-events.ts';
import type { KeptMessage } from '../../../shared/coi/kept-message.ts';
import type { MessageEvent } from '../../../shared/coi/message-event.ts';
import { hashOfKey } from '../../../shared/coi/message-key.ts';
import { limits } from '../../../shared/core/limits.ts';
import { alice, bob, kept } from '../../support/kept-messages.ts';

const carol = { address: 'carol@example.test', name: undefined };
const said = kept(1);
const mine = kept(2, { own: true, from: alice, to: [bob, carol] });

/** What became of a message. */
function foldOf(message: KeptMessage, events: readonly KeptMessage[], others: readonly KeptMessage[] = []) {
  const inOrder = [said, mine, ...others, ...events].sort((a, b) => (a.key < b.key ? -1 : 1));
  const fold = foldEvents(inOrder).folds.get(message.key);
  if (fold === undefined) throw new Error('no such message');
  return fold;
}

const eventAt = (at: number, event: MessageEvent, more: Partial<KeptMessage> = {}) =>
  kept(at, { kind: event.kind, event, ...more });
const edit = (at: number, of: KeptMessage, more: Partial<KeptMessage> = {}) =>
  eventAt(at, { kind: 'edit', targets: [of.messageId] }, more);
const reaction = (at: number, emoji: readonly string[], more: Partial<KeptMessage> = {}) =>
  eventAt(at, { kind: 'reaction', targets: [said.messageId], emoji }, more);

describe('an edit', () => {
  it('gives its message new words, and is not shown itself', () => {
    const one = edit(3, said);
    expect(foldOf(said, [one])).toMatchObject({ edited: { key: one.key, at: 3 }, hidden: false });
    expect(foldOf(one, [one]).hidden).toBe(true);
  });

  it('of an edit is one of the message at the root, and the last one counts', () => {
    const one = edit(3, said);
    const two = edit(4, one);
    const three = edit(5, two);
    expect(foldOf(said, [one, two, three]).edited?.key).toBe(three.key);
    expect(foldOf(one, [one, two, three])).toMatchObject({ hidden: true, edited: undefined });
  });

  it.each([
    ['somebody else', { from: carol }],
    ['the account itself', { own: true, from: alice }],
  ])('by %s is a message of its own', (_, more) => {
    const forged = edit(3, said, more);
    expect(foldOf(said, [forged]).edited).toBeUndefined();
    expect(foldOf(forged, [forged]).hidden).toBe(false);
  });

  it('that goes on from a forged one is none of the message either', () => {
    const forged = edit(3, said, { from: carol });
    const next = edit(4, forged, { from: carol });
    const byBob = edit(5, forged);
    const events = [forged, next, byBob];
    expect(foldOf(said, events).edited).toBeUndefined();
    expect(foldOf(forged, events)).toMatchObject({ hidden: false, edited: { key: next.key } });
    expect(foldOf(byBob, events).hidden).toBe(false);
  });

  it('of one’s own words applies, by whichever address they were sent', () => {
    const one = edit(3, mine, { own: true, from: { address: 'alias@example.test', name: undefined } });
    expect(foldOf(mine, [one]).edited?.key).toBe(one.key);
  });

  it('that comes before its message waits for it', () => {
    const one = edit(3, kept(9));
    const folded = foldEvents([said, one]);
    expect(folded.waiting).toEqual([hashOfKey(kept(9).key)]);
    expect(folded.folds.get(one.key)?.hidden).toBe(false);
    expect(foldEvents([said, one, kept(9)])).toMatchObject({ waiting: [] });
    expect(foldEvents([said, one, kept(9)]).folds.get(kept(9).key)?.edited?.key).toBe(one.key);
  });

  it('in a circle, or of itself, changes nothing and ends', () => {
    const one = edit(3, kept(4));
    const two = edit(4, one);
    const self = edit(5, kept(5));
    expect(foldOf(said, [one, two, self]).edited).toBeUndefined();
    expect(foldOf(self, [self]).hidden).toBe(false);
  });

  it('is followed through as many edits as the limit says', () => {
    const chain = [edit(10, said)];
    for (let at = 11; chain.length < limits.editChain - 1; at++) chain.push(edit(at, chain.at(-1) ?? said));
    expect(foldOf(said, chain).edited?.key).toBe(chain.at(-1)?.key);
  });
});

describe('a deletion', () => {
  it('counts from the first one on, and only by the author', () => {
    const first = eventAt(3, { kind: 'delete', targets: [said.messageId] });
    const again = eventAt(4, { kind: 'delete', targets: [said.messageId] });
    expect(foldOf(said, [first, again]).deletedAt).toBe(3);
    const forged = eventAt(3, { kind: 'delete', targets: [said.messageId] }, { from: carol });
    expect(foldOf(said, [forged]).deletedAt).toBeUndefined();
    expect(foldOf(forged, [forged]).hidden).toBe(true);
  });

  it('of an edit deletes the message', () => {
    const one = edit(3, said);
    const gone = eventAt(4, { kind: 'delete', targets: [one.messageId] });
    expect(foldOf(said, [one, gone]).deletedAt).toBe(4);
  });

  it('takes the pin of its message along', () => {
    const pinned = kept(3, { pinned: { until: 99 } });
    const gone = eventAt(4, { kind: 'delete', targets: [pinned.messageId] });
    expect(foldEvents([pinned]).pinned).toEqual({ key: pinned.key, until: 99 });
    expect(foldEvents([pinned, gone]).pinned).toBeUndefined();
  });

  it('may speak of several messages', () => {
    const gone = eventAt(4, { kind: 'delete', targets: [said.messageId, kept(3).messageId] });
    expect(foldOf(said, [gone], [kept(3)]).deletedAt).toBe(4);
    expect(foldOf(kept(3), [gone], [kept(3)]).deletedAt).toBe(4);
  });
});

describe('a reaction', () => {
  it('replaces those its sender made before; none takes them back', () => {
    expect(foldOf(said, [reaction(3, ['👍']), reaction(4, ['❤️', '😂'])]).reactions).toEqual([
      { by: bob.address, emoji: '❤️' },
      { by: bob.address, emoji: '😂' },
    ]);
    expect(foldOf(said, [reaction(3, ['👍']), reaction(4, [])]).reactions).toEqual([]);
  });

  it('stands beside those of others', () => {
    const { reactions } = foldOf(said, [reaction(3, ['👍']), reaction(4, ['👎'], { from: carol })]);
    expect(reactions.map(({ by }) => by)).toEqual([bob.address, carol.address]);
  });

  it('of more people than the limit says is counted up to it', () => {
    const many = Array.from({ length: limits.reactionsPerMessage + 5 }, (_, index) =>
      reaction(10 + index, ['👍'], { from: { address: `p${index}@example.test`, name: undefined } }),
    );
    expect(foldOf(said, many).reactions).toHaveLength(limits.reactionsPerMessage);
  });
});

describe('a report', () => {
  const receipt = (at: number, from = bob) =>
    eventAt(at, { kind: 'receipt', targets: [mine.messageId] }, { from });

  it('of having read counts once, for those the message went to', () => {
    expect(foldOf(mine, [receipt(3), receipt(4)]).receipts).toEqual([{ by: bob.address, at: 3 }]);
    const stranger = { address: 'x@elsewhere.test', name: 'X' };
    expect(foldOf(mine, [receipt(3, stranger)]).receipts).toEqual([]);
  });

  it('on somebody else’s message means nothing', () => {
    const strange = eventAt(3, { kind: 'receipt', targets: [said.messageId] });
    expect(foldOf(said, [strange])).toMatchObject({ receipts: [], hidden: false });
    expect(foldOf(strange, [strange]).hidden).toBe(true);
  });

  it('of a failure names the recipients it is about, if the message went to them', () => {
    const recipients = [carol.address, 'else@example.test'];
    const bounce = eventAt(
      3,
      { kind: 'bounce', targets: [mine.messageId], recipients },
      { from: { address: 'mailer-daemon@example.test', name: undefined } },
    );
    expect(foldOf(mine, [bounce]).bounces).toEqual([{ recipient: carol.address, at: 3 }]);
  });
});

describe('a pin', () => {
  const pin = (at: number, kind: 'pin' | 'unpin', of = said) =>
    eventAt(at, { kind, targets: [of.messageId] });

  it('is the last one that was not taken back', () => {
    expect(foldEvents([said, mine, pin(3, 'pin'), pin(4, 'pin', mine)]).pinned?.key).toBe(mine.key);
    expect(
      foldEvents([said, mine, pin(3, 'pin'), pin(4, 'pin', mine), pin(5, 'unpin', mine)]).pinned?.key,
    ).toBe(said.key);
    expect(foldEvents([said, pin(3, 'pin'), pin(4, 'unpin')]).pinned).toBeUndefined();
  });
});
