import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Card, emptyCard } from '../../../shared/address-book/card.ts';
import { takeApart } from '../../../shared/address-book/mail-fields.ts';
import { keptFields, mergeCards, sameContacts } from '../../../shared/address-book/merge.ts';
import { profileMail, versionOf } from '../../../shared/address-book/profile-mail.ts';
import { newerFirst, readWholeMail, type WholeMail } from '../../../shared/address-book/stored-mail.ts';
import { contactMail, groupMail, rewritten, withBlocked } from '../../../shared/address-book/write-mail.ts';
import { addressHash } from '../../../shared/coi/address-hash.ts';

const facts = {
  messageId: '<chat$abc@example.org>',
  date: Date.UTC(2026, 10, 23),
  owner: 'anna@example.org',
};
const bob = addressHash('bob@example.org');
const card: Card = { ...emptyCard, name: 'Bob', emails: ['bob@example.org'] };

function mail(uid: number, header: string, body = ''): WholeMail {
  return readWholeMail(uid, Buffer.from(`${header}\n\n${body}`.replace(/\r?\n/g, '\r\n'), 'utf8'));
}

/** Header lines of a mail, unfolded, those of one name. */
function lines(raw: Buffer, name: string): string[] {
  return takeApart(raw)
    .fields.filter((field) => field.name === name.toLowerCase())
    .map(({ bytes }) => bytes.toString().trimEnd());
}

const page =
  '<p class="h-card"><span class="p-name">Bob</span><span class="u-email">bob@example.org</span></p>';

describe('a contact mail', () => {
  it('is read from its header alone, as far as servers go', () => {
    const {
      hashes,
      blocked,
      encrypted,
      kind,
      date,
      card: read,
    } = mail(
      7,
      `From: anna@example.org
coi-from-hash: ${bob.toUpperCase()}
COI-From-Hash: ${Buffer.from(bob, 'hex').toString('base64').replace('=', '')}
COI-From-Hash: nonsense
COI-From-Hash:
 834d1654133366cef4d81e81a7099f413b1b85b9fc9dd62140491303dec56532
COI-Blocked:
Date: Wed, 4 Dec 2019 17:51:37 +0100
Chat-Content: contact
Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=x`,
      '--x\n\nsecret\n--x--',
    );
    expect({ blocked, encrypted, kind, date, read }).toEqual({
      ...{ blocked: true, encrypted: true, kind: 'contact', read: undefined },
      date: Date.UTC(2019, 11, 4, 16, 51, 37),
    });
    expect(hashes).toEqual([bob, addressHash('john.doe@example.com')]);
  });

  it.each([
    ['alone', 'Content-Type: text/html; charset=utf-8', page],
    [
      'beside a text',
      'Content-Type: multipart/alternative; boundary=b',
      `--b\nContent-Type: text/plain\n\nBob\n--b\nContent-Type: text/html\n\n${page}\n--b--`,
    ],
    [
      'in base64',
      'Content-Type: text/html\nContent-Transfer-Encoding: base64',
      Buffer.from(page).toString('base64'),
    ],
    ['in another charset', 'Content-Type: text/html; charset=iso-8859-1', page],
  ])('has its card %s', (_, header, body) => {
    expect(mail(1, `Chat-Content: contact\n${header}`, body)).toMatchObject({
      card,
      hashes: [bob],
      encrypted: false,
    });
  });

  it.each([
    ['Chat-Content: Contact;', 'contact'],
    ['COI-From-Hash: x', 'contact'],
    ['Chat-Content: group', 'group'],
    ['Chat-Content: profile; categories=friend', 'profile'],
    ['Chat-Content: edit\nCOI-From-Hash: x', 'other'],
    ['Subject: hello', 'other'],
  ])('with %j is a %s', (header, kind) => {
    expect(mail(1, header).kind).toBe(kind);
  });

  it('is encrypted also inside another multipart, and with S/MIME', () => {
    const part = 'Content-Type: application/pgp-encrypted\n\nVersion: 1';
    expect(mail(1, 'Content-Type: multipart/mixed; boundary=b', `--b\n${part}\n--b--`).encrypted).toBe(true);
    expect(mail(1, 'Content-Type: application/pkcs7-mime; smime-type=enveloped-data').encrypted).toBe(true);
  });

  it('is read as it was written', () => {
    const raw = contactMail([], { card, hashes: [bob], blocked: true }, facts);
    const read = readWholeMail(9, raw);
    expect(read).toMatchObject({
      kind: 'contact',
      hashes: [bob],
      blocked: true,
      encrypted: false,
      card,
      date: facts.date,
    });
    expect(raw.toString('latin1')).toMatch(/^[\t\r\n -~]*$/);
    for (const line of raw.toString().split('\r\n')) expect(line.length).toBeLessThan(80);
    expect(lines(raw, 'from')).toEqual(['From: anna@example.org']);
    expect(lines(raw, 'chat-version')).toEqual(['Chat-Version: 1.0']);
  });
});

const foreign = `From: Anna <anna@example.org>
Subject: my contact
X-Other: one
 folded
COI-From-Hash: ${Buffer.from(bob, 'hex').toString('base64').slice(0, 43)}
COI-Token: 1-x
COI-TokenIn: 1-created:1-validity:1-hash:a-secret:b
COI-Future: =?utf-8?q?unknown?=
com_example_TimeProfileSent: 2019-03-19T07:22Z
Date: Wed, 4 Dec 2019 17:51:37 +0100
Message-ID: <chat$old@example.org>
Chat-Content: contact
MIME-Version: 1.0
Content-Type: text/html; charset=utf-8`;

describe('changing a contact', () => {
  it('keeps what others wrote into the header, and its spelling of the hash', () => {
    const old = mail(1, foreign, page);
    const raw = contactMail(
      [old],
      { card: { ...card, name: 'Robert' }, hashes: [bob], blocked: false },
      facts,
    );
    const kept = (name: string) => [name, lines(raw, name)] as const;
    expect(kept('x-other')).toEqual(['x-other', ['X-Other: one\r\n folded']]);
    for (const name of [
      'coi-token',
      'coi-tokenin',
      'coi-future',
      'com_example_timeprofilesent',
      'coi-from-hash',
      'from',
      'subject',
    ]) {
      expect(kept(name)).toEqual([
        name,
        old.fields.filter((field) => field.name === name).map(({ bytes }) => bytes.toString().trimEnd()),
      ]);
    }
    for (const name of ['date', 'message-id', 'content-type', 'chat-content', 'mime-version']) {
      expect([name, lines(raw, name).length]).toEqual([name, 1]);
    }
    expect(readWholeMail(2, raw)).toMatchObject({ card: { name: 'Robert' }, hashes: [bob] });
  });

  it('of which only the block changes, keeps all the rest byte for byte, encrypted or not', () => {
    const body =
      '--x\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n--x\n\n-----BEGIN PGP MESSAGE-----\n  \n--x--\nafter';
    for (const old of [
      mail(1, foreign.replace('text/html', 'multipart/encrypted; boundary=x'), body),
      mail(1, foreign, page),
    ]) {
      const blocked = readWholeMail(2, withBlocked(old, true, facts));
      expect(blocked).toMatchObject({
        blocked: true,
        hashes: [bob],
        encrypted: old.encrypted,
        date: facts.date,
      });
      expect(blocked.body.equals(old.body)).toBe(true);
      const changed = ['date', 'message-id', 'coi-blocked'];
      const others = ({ fields }: WholeMail) =>
        fields.filter(({ name }) => !changed.includes(name)).map(({ bytes }) => bytes.toString('latin1'));
      expect(others(blocked)).toEqual(others(old));
      const free = readWholeMail(3, withBlocked(blocked, false, facts));
      expect(free.blocked).toBe(false);
      expect(others(free)).toEqual(others(old));
      expect(free.body.equals(old.body)).toBe(true);
    }
  });

  it('survives whatever bytes there are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const old = readWholeMail(1, Buffer.from(bytes));
        expect(readWholeMail(2, withBlocked(old, true, facts)).blocked).toBe(true);
        expect(
          withBlocked(old, true, facts)
            .subarray(-old.body.length || Infinity)
            .equals(old.body),
        ).toBe(true);
      }),
    );
  });
});

describe('contacts that share an address', () => {
  it('are one, also by way of a third', () => {
    const hashes = [['a', 'b'], ['c'], ['d', 'e'], ['b', 'd'], []];
    const groups = sameContacts(hashes.map((each, uid) => ({ uid, hashes: each })));
    expect(groups.map((group) => group.map(({ uid }) => uid).sort()).sort()).toEqual([[0, 2, 3], [1], [4]]);
  });

  it('keep every token that came in, and of those that went out the newest for each hash', () => {
    const token = (name: string, hash: string, created: number) =>
      `${name}: 1-created:${created}-validity:9-hash:${hash}-secret:s${created}`;
    const newer = mail(
      2,
      [
        'Date: Wed, 4 Dec 2019 17:51:37 +0100',
        token('COI-TokenIn', 'a', 1),
        token('COI-TokenOut', 'a', 5),
        token('COI-TokenOut', 'b', 1),
        'COI-TokenOut: 2-unknown',
        'X-Color: red',
      ].join('\n'),
    );
    const older = mail(
      3,
      [
        'Date: Wed, 4 Dec 2019 16:51:37 +0100',
        token('COI-TokenIn', 'a', 1),
        token('COI-TokenIn', 'a', 2),
        token('COI-TokenOut', 'a', 4),
        token('COI-TokenOut', 'b', 7),
        'X-Color: blue',
        'X-Shape: round',
      ].join('\n'),
    );
    const fields = keptFields([older, newer].sort(newerFirst), rewritten).map(({ bytes }) =>
      bytes.toString().trim(),
    );
    expect(fields.sort()).toEqual([
      token('COI-TokenIn', 'a', 1),
      token('COI-TokenIn', 'a', 2),
      token('COI-TokenOut', 'a', 5),
      token('COI-TokenOut', 'b', 7),
      'COI-TokenOut: 2-unknown',
      'X-Color: red',
      'X-Shape: round',
    ]);
  });

  it('are told apart by the date of their change, then by UID', () => {
    const dated = (uid: number, day: number) => mail(uid, `Date: ${day} Dec 2019 10:00:00 +0000`);
    expect([dated(1, 5), dated(9, 4), dated(2, 5)].sort(newerFirst).map(({ uid }) => uid)).toEqual([2, 1, 9]);
  });

  it('add up, what the newer one says first', () => {
    const newer: Card = { ...card, categories: ['work'], other: [{ name: 'u-key', value: 'new' }] };
    const older: Card = {
      ...{ ...card, name: 'Robert', nickname: 'Bobby', emails: ['bob@example.com', 'bob@example.org'] },
      ...{
        categories: ['friend', 'work'],
        other: [
          { name: 'u-key', value: 'old' },
          { name: 'p-org', value: 'x' },
        ],
      },
    };
    expect(mergeCards([newer, older])).toEqual({
      ...{
        ...card,
        nickname: 'Bobby',
        emails: ['bob@example.org', 'bob@example.com'],
        categories: ['work', 'friend'],
      },
      other: [
        { name: 'u-key', value: 'new' },
        { name: 'p-org', value: 'x' },
      ],
    });
  });
});

describe('the own profile', () => {
  const anna: Card = { ...emptyCard, name: 'Anna', emails: ['anna@example.org'] };
  const part = (content: string, name: string) =>
    `--b\nContent-Type: text/html; charset=UTF-8\nChat-Content: ${content}\n\n<p class="h-card"><span class="p-name">${name}</span></p>\n`;
  const forSome = `${part('profile; categories=friend,family', 'Annie')}${part('profile; categories="work"', 'Dr. Anna')}`;
  const multipart =
    'Chat-Content: profile\nX-Other: 1\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b';

  it('is the part for everybody', () => {
    expect(mail(1, multipart, `${forSome}${part('profile', 'Anna')}--b--`).card?.name).toBe('Anna');
    expect(mail(1, multipart, `${forSome}--b--`).card).toBeUndefined();
    expect(mail(1, 'Chat-Content: profile\nContent-Type: text/html', page).card?.name).toBe('Bob');
  });

  it.each([
    ['with a part for everybody', `${forSome}${part('profile', 'Old')}--b--`],
    ['without one', `${forSome}--b--`],
  ])('replaces that part alone in a mail %s', (_, body) => {
    const old = mail(1, multipart, body);
    const changed = readWholeMail(2, profileMail(old, anna, facts));
    expect(changed).toMatchObject({ kind: 'profile', card: anna });
    for (const kept of forSome.replace(/\n/g, '\r\n').split('--b\r\n').slice(1))
      expect(changed.body.toString()).toContain(`--b\r\n${kept}`);
    expect(changed.body.toString()).not.toContain('Old');
    expect(changed.header.first('x-other')).toBe('1');
    const again = readWholeMail(3, profileMail(changed, { ...anna, name: 'Ann' }, facts));
    expect(again.card?.name).toBe('Ann');
    expect(again.body.toString().split('--b\r\n')).toHaveLength(4);
  });

  it('is a mail of one part at first', () => {
    expect(readWholeMail(1, profileMail(undefined, anna, facts))).toMatchObject({
      kind: 'profile',
      card: anna,
      hashes: [addressHash('anna@example.org')],
    });
  });

  it('has another version when anything in it changes, and the same again when it is the same', () => {
    expect(versionOf({ ...anna })).toBe(versionOf(anna));
    expect(versionOf({ ...anna, status: 'away' })).not.toBe(versionOf(anna));
  });
});

it('a stored group is read as it was written', () => {
  const group = {
    id: '1234abcd4321',
    name: 'Crew',
    description: undefined,
    photo: undefined,
    notification: undefined,
    participants: [card],
  };
  const raw = groupMail([mail(1, 'Chat-Content: group\nX-Other: 1')], group, facts);
  expect(readWholeMail(1, raw)).toMatchObject({ kind: 'group', group });
  expect(lines(raw, 'x-other')).toEqual(['X-Other: 1']);
});
