import { describe, expect, it } from 'vitest';
import { membersAfter } from '../../../shared/coi/group-members.ts';
import type { KeptMessage } from '../../../shared/coi/kept-message.ts';
import type { Address } from '../../../shared/coi/received-mail.ts';
import { alice, bob, kept, own } from '../../support/kept-messages.ts';

const person = (name: string): Address => ({ address: `${name}@example.test`, name: undefined });
const carol = person('carol');
const dora = person('dora');
const mallory = person('mallory');

/** A chat client's mail to the group: it names everybody. */
function states(at: number, from: Address, to: readonly Address[], more: Partial<KeptMessage> = {}) {
  return kept(at, { from, to, title: 'Hiking', own: from === alice, ...more });
}

function members(messages: readonly KeptMessage[], before?: Parameters<typeof membersAfter>[1]): string[] {
  return membersAfter(messages, before, own)
    .participants.map(({ address }) => address.split('@', 1)[0] ?? '')
    .sort();
}

const founding = states(1, bob, [alice, carol]);

describe('the members of a group', () => {
  it('are those its first mail names, without the account itself', () => {
    expect(members([founding])).toEqual(['bob', 'carol']);
  });

  it('change when a member or the account says so', () => {
    expect(members([founding, states(2, carol, [alice, bob, dora])])).toEqual(['bob', 'carol', 'dora']);
    expect(members([founding, states(2, alice, [bob])])).toEqual(['bob']);
  });

  it('do not change for a stranger who knows the id, whatever he says', () => {
    const taken = states(2, mallory, [alice, bob, mallory], { title: 'Taken' });
    expect(membersAfter([founding, taken], undefined, own)).toMatchObject({ title: 'Hiking' });
    expect(members([founding, taken, states(3, mallory, [alice])])).toEqual(['bob', 'carol']);
  });

  it('do not change for the answer of a mail program, which may go to some of them', () => {
    expect(members([founding, kept(2, { from: carol, to: [alice] })])).toEqual(['bob', 'carol']);
  });

  it('are without those who left', () => {
    const left = states(2, carol, [alice, bob], { removed: [carol.address] });
    expect(members([founding, left])).toEqual(['bob']);
  });

  it('are without those whom a member removed', () => {
    expect(members([founding, states(2, bob, [alice, carol], { removed: [carol.address] })])).toEqual([
      'bob',
    ]);
    const byStranger = states(2, mallory, [alice], { removed: [carol.address] });
    expect(members([founding, byStranger])).toEqual(['bob', 'carol']);
  });

  it('get back nobody who left, by an answer to what was written before', () => {
    const left = states(2, carol, [alice, bob], { removed: [carol.address] });
    const unaware = states(3, bob, [alice, carol], { inReplyTo: founding.messageId });
    expect(members([founding, left, unaware])).toEqual(['bob']);
    const invited = states(4, bob, [alice, carol], { inReplyTo: left.messageId });
    expect(members([founding, left, unaware, invited])).toEqual(['bob', 'carol']);
  });

  it('keep the names they gave themselves', () => {
    const named = states(2, { ...carol, name: 'Carol' }, [alice, bob]);
    const later = states(3, bob, [alice, carol]);
    expect(membersAfter([founding, named, later], undefined, own).participants).toContainEqual({
      ...carol,
      name: 'Carol',
    });
  });

  it('are taken over from what was known before, where the first mails are out of sight', () => {
    const before = { title: 'Hiking', participants: [bob, carol] };
    expect(members([states(9, mallory, [alice, mallory])], before)).toEqual(['bob', 'carol']);
    expect(members([states(9, carol, [alice, bob, dora])], before)).toEqual(['bob', 'carol', 'dora']);
  });
});

describe('the name of a group', () => {
  it('is the newest one a member gave it', () => {
    const renamed = states(2, carol, [alice, bob], { title: 'Hiking on Sunday' });
    expect(membersAfter([founding, renamed], undefined, own).title).toBe('Hiking on Sunday');
  });
});
