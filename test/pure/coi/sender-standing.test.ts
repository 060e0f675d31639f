import { describe, expect, it } from 'vitest';
import { shortHash } from '../../../shared/coi/address-book.ts';
import { addressHash } from '../../../shared/coi/address-hash.ts';
import { countIn, newConversation } from '../../../shared/coi/conversation-state.ts';
import { messageKey } from '../../../shared/coi/message-key.ts';
import { replay } from '../../../shared/coi/replay.ts';
import { senderStanding } from '../../../shared/coi/sender-standing.ts';
import { limits } from '../../../shared/core/limits.ts';
import { direct, kept, own, withFolds } from '../../support/kept-messages.ts';

const from = 'stranger@example.test';
const key = (at: number) => messageKey(at, `<${at}@x.test>`);
const now = Date.UTC(2026, 2, 14);
const message = { key: key(now), from };
const conversation = (...recent: number[]) => ({ recent: recent.map(key) });

describe('a sender', () => {
  it('is new with the first message, and with the first one after a day, also when it is asked again later', () => {
    const standing = (...recent: number[]) => senderStanding(conversation(...recent), undefined, message);
    expect(senderStanding(undefined, undefined, message)).toBe('new');
    expect(standing(now)).toBe('new');
    expect(standing(now, now + 1)).toBe('new');
    expect(standing(now - limits.unknownSenderMs, now)).toBe('new');
    expect(standing(now - limits.unknownSenderMs + 1, now)).toBe('unknown');
  });

  it('is known to who wrote in the conversation, however it was counted in', () => {
    const state = replay(newConversation(direct), direct, withFolds([kept(1)]), {
      isCut: false,
      own,
      now,
    }).state;
    expect(senderStanding(state, undefined, message)).not.toBe('known');
    const answered = countIn(state, kept(2, { own: true }), { own, now });
    expect(senderStanding(answered, undefined, message)).toBe('known');
    const anew = replay(state, direct, withFolds([kept(1), kept(2, { own: true })]), {
      isCut: true,
      own,
      now,
    });
    expect(senderStanding(anew.state, undefined, message)).toBe('known');
    // Also when the own message lies too far back to be seen.
    const later = replay(anew.state, direct, withFolds([kept(3)]), { isCut: true, own, now });
    expect(senderStanding(later.state, undefined, message)).toBe('known');
  });

  it('is known from the address book, himself or by the group', () => {
    const entry = { uid: 1, blocked: false, muted: undefined, name: undefined };
    const book = (kind: 'contact' | 'group', entryKey: string) => ({
      ...{ folder: 'COI/Contacts', uidValidity: 1, profileSent: [], updatedAt: now },
      entries: [{ ...entry, kind, keys: [entryKey] }],
    });
    const contact = book('contact', shortHash(addressHash(from)));
    expect(senderStanding(undefined, contact, message)).toBe('known');
    expect(senderStanding(undefined, contact, { ...message, from: 'other@example.test' })).toBe('new');
    expect(senderStanding(undefined, book('group', 'g1'), { ...message, groupId: 'g1' })).toBe('known');
    expect(senderStanding(undefined, book('group', 'g1'), { ...message, groupId: 'g2' })).toBe('new');
  });
});
