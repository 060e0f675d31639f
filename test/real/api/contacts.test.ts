import { ImapFlow } from 'imapflow';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { addressHash } from '../../../shared/coi/address-hash.ts';
import { contactRule } from '../../../shared/coi/contact-rules.ts';
import { limits } from '../../../shared/core/limits.ts';
import { noteProfileSent, profilePartFor } from '../../../shared/flows/contacts/profile.ts';
import { refreshAddressBook } from '../../../shared/flows/contacts/refresh-address-book.ts';
import { openMailbox } from '../../../shared/flows/mailbox/open-mailbox.ts';
import { getAccount } from '../../../shared/store/account.ts';
import { getAddressBook } from '../../../shared/store/address-book.ts';
import type { Account } from '../../../shared/store/items.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import type { ContractClient } from '../../support/contract-client.ts';
import { eventually } from '../../support/eventually.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';
import { seedConversation } from '../../support/seed-conversation.ts';
import { mailboxPerson } from '../../support/watched-account.ts';

/** The smallest picture there is: one transparent dot. */
const dot =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';
const photo = { type: 'image/png', content: dot };
const bob = addressHash('bob@example.org');
const bobUrl = `/v1/contacts/${bob}`;
const lines = (...each: readonly string[]) => each.join('\r\n');

/** A contact as another client left it. */
const foreignContact = lines(
  'From: Me <me@example.test>',
  'Subject: my contact',
  `COI-From-Hash: ${Buffer.from(bob, 'hex').toString('base64').slice(0, 43)}`,
  'COI-TokenIn: 1-created:1-validity:1-hash:a-secret:b',
  'COI-Future: folded',
  ' value',
  'Date: Wed, 4 Dec 2019 17:51:37 +0100',
  'Message-ID: <chat$old@example.org>',
  'Chat-Version: 1.0',
  'Chat-Content: contact',
  'MIME-Version: 1.0',
  'Content-Type: text/html; charset=utf-8',
  '',
  `<p class="h-card"><span class="p-name">Bob</span><span class="u-email">bob@example.org</span>`,
  '<span class="u-key">key</span></p>',
  '',
);

const encryptedBody = lines(
  '--x',
  'Content-Type: application/pgp-encrypted',
  '',
  'Version: 1',
  '--x',
  'Content-Type: application/octet-stream',
  '',
  '-----BEGIN PGP MESSAGE-----',
  '  spaces  \t',
  '-----END PGP MESSAGE-----',
  '--x--',
  '',
);
const encryptedContact = foreignContact
  .slice(0, foreignContact.indexOf('\r\n\r\n') + 4)
  .replace(
    'text/html; charset=utf-8',
    'multipart/encrypted; protocol="application/pgp-encrypted"; boundary=x',
  )
  .concat(encryptedBody);

describe.skipIf(!hasMailServers)('the address book', () => {
  let host: ApiHost;
  const clients: ImapFlow[] = [];
  beforeAll(async () => {
    host = await startApiHost({ ca: [sharedMail().ca] });
  });
  afterAll(() => host?.stop());
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.logout();
  });

  type Person = { client: ContractClient; account: Account; mailbox: ImapFlow };

  /** Somebody with an empty mailbox, and a mail program beside us. */
  async function person(domain = 'example.test', changes: Partial<Account> = {}): Promise<Person> {
    const { imap, newAddress, password, ca } = sharedMail();
    const email = newAddress('anna').replace('example.test', domain);
    const { client, account } = await mailboxPerson(host, sharedMail(), { email, ...changes });
    const mailbox = new ImapFlow({
      ...{ host: imap.host, port: imap.port, secure: true, tls: { ca }, logger: false },
      auth: { user: email, pass: password },
    });
    await mailbox.connect();
    clients.push(mailbox);
    return { client, account, mailbox };
  }

  /** What lies in a folder, flagged or not. */
  async function stored({ mailbox }: Person, folder = 'COI/Contacts') {
    await mailbox.mailboxOpen(folder);
    const mails: { uid: number; deleted: boolean; raw: string }[] = [];
    for await (const { uid, flags, source } of mailbox.fetch('1:*', {
      uid: true,
      flags: true,
      source: true,
    })) {
      mails.push({ uid, deleted: flags?.has('\\Deleted') === true, raw: String(source) });
    }
    return mails;
  }

  async function store({ mailbox }: Person, ...mails: readonly string[]): Promise<void> {
    await mailbox.mailboxCreate('COI/Contacts');
    for (const mail of mails) await mailbox.append('COI/Contacts', mail);
  }

  /** What alerts are told about a message. */
  async function rule({ account }: Person, from: string, mention = false): Promise<string> {
    const { store: table } = host.services;
    if ((await getAccount(table, account.id))?.addressBookAt === undefined) return 'no address book';
    const book = await getAddressBook(table, account.id);
    return book === undefined ? 'none' : contactRule(book, { from, mention });
  }

  async function refresh({ account }: Person) {
    const { services } = host;
    const now = await getAccount(services.store, account.id);
    if (now === undefined) throw new Error('no account');
    const session = await openMailbox(services, now);
    try {
      return await refreshAddressBook({ services, account: now, session });
    } finally {
      session.close();
    }
  }

  const full = {
    name: 'Bob <b>&amp;',
    nickname: 'Bobby 🎣',
    addresses: ['bob@example.org', 'bob@work.example'],
    categories: ['friend', 'sports'],
    birthday: '--12-24',
    photo,
    notification: { enabled: true, types: ['banner'], sounds: [], filters: ['mention'] },
    blocked: false,
  };

  it('is empty at first, and looking into it changes nothing', async () => {
    const anna = await person();
    expect(await anna.client.expect(200, 'GET', '/v1/contacts')).toEqual({ items: [], nextCursor: null });
    await anna.client.expect(404, 'GET', bobUrl);
    await anna.client.expect(404, 'DELETE', bobUrl);
    await anna.client.expect(404, 'DELETE', `${bobUrl}/block`);
    await anna.client.expect(404, 'PUT', `${bobUrl}/block`);
    expect(await anna.client.expect(200, 'GET', '/v1/profile')).toEqual({ name: null });
    expect((await anna.mailbox.list()).some(({ path }) => /COI|Blocked/.test(path))).toBe(false);
  });

  it('takes a contact as a mail in the mailbox, and gives it back', async () => {
    const anna = await person();
    const added = await anna.client.expect(201, 'PUT', bobUrl, full);
    const hashes = full.addresses.map(addressHash).sort();
    const { blocked, photo: _, ...shown } = full;
    expect(added).toMatchObject({
      ...shown,
      blocked,
      photo,
      hashes,
      hash: hashes[0],
      encrypted: false,
      warnings: [],
    });
    expect((await anna.mailbox.list()).find(({ path }) => path === 'COI/Contacts')?.subscribed).toBe(true);

    const { warnings: __, ...contact } = added;
    const asBase64url = Buffer.from(bob, 'hex').toString('base64url');
    for (const hash of [bob, bob.toUpperCase(), asBase64url, addressHash('bob@work.example')]) {
      expect(await anna.client.expect(200, 'GET', `/v1/contacts/${hash}`)).toEqual(contact);
    }
    const { photo: ___, ...inList } = contact;
    expect(await anna.client.expect(200, 'GET', '/v1/contacts')).toEqual({
      items: [inList],
      nextCursor: null,
    });

    const [mail] = await stored(anna);
    for (const field of [
      'Chat-Content: contact',
      'Chat-Version: 1.0',
      `COI-From-Hash: ${bob}`,
      `From: ${anna.account.email}`,
      'Content-Type: text/html; charset=utf-8',
    ]) {
      expect(mail?.raw).toContain(`${field}\r\n`);
    }
    expect(mail?.raw).toMatch(/^Message-ID: <chat\$[A-Za-z0-9_-]+@example\.test>\r$/m);
    expect(mail?.raw).not.toContain('COI-Blocked');

    await anna.client.expect(204, 'DELETE', bobUrl);
    expect(await stored(anna)).toEqual([]);
    await anna.client.expect(404, 'GET', bobUrl);
    expect(await rule(anna, 'bob@example.org')).toBe('no address book');
  });

  it('is changed by a client that sends back what it got, and is not written when nothing changes', async () => {
    const anna = await person();
    const { photo: _, ...added } = await anna.client.expect(201, 'PUT', bobUrl, full);
    const [before] = await stored(anna);
    await anna.client.expect(200, 'PUT', bobUrl, added);
    await anna.client.expect(200, 'PUT', bobUrl, { ...full, name: ' Bob  <b>&amp; ' });
    expect(await stored(anna)).toEqual([before]);
    const changed = await anna.client.expect(200, 'PUT', bobUrl, {
      ...added,
      name: 'Robert',
      birthday: undefined,
      addresses: ['bob@example.org'],
    });
    // A picture that is left out stays, as in what lists give.
    expect(changed).toMatchObject({ name: 'Robert', photo, hashes: [bob], nickname: full.nickname });
    expect(changed).not.toHaveProperty('birthday');
    const without = await anna.client.expect(200, 'PUT', bobUrl, { ...changed, photo: null });
    expect(without).not.toHaveProperty('photo');
    expect(await stored(anna)).toHaveLength(1);
  });

  it('lies below INBOX where all folders do', async () => {
    const anna = await person('prefixed.test');
    await anna.client.expect(201, 'PUT', bobUrl, full);
    expect(await stored(anna, 'INBOX.COI.Contacts')).toHaveLength(1);
    expect(await anna.client.expect(200, 'PUT', `${bobUrl}/block?moveMail=1`)).toMatchObject({
      blocked: true,
    });
    expect((await anna.mailbox.list()).map(({ path }) => path)).toContain('INBOX.Blocked');
    expect(await rule(anna, 'bob@example.org')).toBe('blocked');
  });

  it('keeps what other clients wrote, and removes no mail but the old one', async () => {
    const anna = await person();
    await store(anna, foreignContact, 'Subject: no contact\r\n\r\nhello\r\n');
    await anna.mailbox.mailboxOpen('COI/Contacts');
    await anna.mailbox.messageFlagsAdd('2', ['\\Deleted'], { uid: true });
    const changed = await anna.client.expect(200, 'PUT', bobUrl, {
      name: 'Robert',
      addresses: ['bob@example.org'],
    });
    expect(changed).toMatchObject({ name: 'Robert', warnings: [] });
    const mails = await stored(anna);
    expect(mails.map(({ uid, deleted }) => [uid, deleted])).toEqual([
      [2, true],
      [3, false],
    ]);
    const raw = mails[1]?.raw ?? '';
    for (const kept of [
      'From: Me <me@example.test>',
      'Subject: my contact',
      'COI-TokenIn: 1-created:1-validity:1-hash:a-secret:b',
      'COI-Future: folded\r\n value',
      `COI-From-Hash: ${Buffer.from(bob, 'hex').toString('base64').slice(0, 43)}`,
    ]) {
      expect(raw).toContain(`${kept}\r\n`);
    }
    const page = Buffer.from(raw.slice(raw.indexOf('\r\n\r\n')), 'base64').toString();
    expect(page).toContain('<data class="u-key" value="key">');
  });

  it('blocks and unblocks an encrypted contact without touching it otherwise', async () => {
    const anna = await person();
    await store(anna, encryptedContact);
    expect(await anna.client.expect(200, 'GET', bobUrl)).toMatchObject({
      encrypted: true,
      name: null,
      addresses: [],
      blocked: false,
    });
    expect(await rule(anna, 'bob@example.org')).toBe('no address book');
    const blocked = await anna.client.expect(200, 'PUT', `${bobUrl}/block`);
    expect(blocked).toMatchObject({ encrypted: true, blocked: true, moved: 0 });
    expect(await rule(anna, 'bob@example.org', true)).toBe('blocked');
    const others = (raw: string) =>
      raw.split('\r\n').filter((line) => !/^(?:Date|Message-ID|COI-Blocked):/.test(line));
    const [first, ...more] = await stored(anna);
    expect(more).toEqual([]);
    expect(first?.raw).toContain('COI-Blocked: yes\r\n');
    expect(others(first?.raw ?? '')).toEqual(others(encryptedContact));
    await anna.client.expect(200, 'PUT', `${bobUrl}/block`);
    expect((await stored(anna))[0]?.uid).toBe(first?.uid);
    expect(await anna.client.expect(200, 'DELETE', `${bobUrl}/block`)).toMatchObject({ blocked: false });
    const [second] = await stored(anna);
    expect(second?.raw).not.toContain('COI-Blocked');
    expect(others(second?.raw ?? '')).toEqual(others(encryptedContact));
    expect(await rule(anna, 'bob@example.org')).toBe('normal');
    const refused = await anna.client.request('PUT', bobUrl, full);
    expect(refused.body).toMatchObject({ status: 409, code: 'conflict' });
    expect((await stored(anna))[0]?.raw).toBe(second?.raw);
  });

  it('puts duplicates together when it writes, and loses no encrypted one', async () => {
    const anna = await person();
    const older = foreignContact
      .replace('4 Dec', '3 Dec')
      .replace('1-created:1-', '1-created:0-')
      .replace('COI-Future', 'COI-Past')
      .replace(
        'u-email">bob@example.org',
        'u-email">bob@example.org</span><span class="u-email">bob@work.example',
      );
    await store(anna, foreignContact.replace('>Bob<', '>Robert<'), older, encryptedContact);
    expect(await anna.client.expect(200, 'GET', bobUrl)).toMatchObject({
      name: 'Robert',
      addresses: ['bob@example.org', 'bob@work.example'],
      encrypted: false,
    });
    await anna.client.expect(200, 'PUT', `${bobUrl}/block`);
    const mails = await stored(anna);
    expect(mails).toHaveLength(2);
    const [merged, encrypted] = mails.map(({ raw }) => raw);
    for (const kept of [
      'COI-Future: folded',
      'COI-Past: folded',
      'created:0-',
      'created:1-',
      addressHash('bob@work.example'),
    ]) {
      expect(merged).toContain(kept);
    }
    for (const mail of mails) expect(mail.raw).toContain('COI-Blocked: yes\r\n');
    expect(encrypted?.endsWith(encryptedBody)).toBe(true);
    expect(await anna.client.expect(200, 'DELETE', `${bobUrl}/block`)).toMatchObject({
      name: 'Robert',
      blocked: false,
    });
    for (const mail of await stored(anna)) expect(mail.raw).not.toContain('COI-Blocked');
  });

  it('goes page by page, and leaves out what is deleted or no contact', async () => {
    const anna = await person();
    const addresses = Array.from({ length: 5 }, (_, index) => `friend-${index}@example.org`);
    const contact = (address: string) =>
      foreignContact
        .replace(/^COI-From-Hash.*$/m, `COI-From-Hash: ${addressHash(address)}`)
        .replace('bob@example.org', address);
    // One client leaves the hashes out; then the card tells.
    const without = contact('hidden@example.org').replace(/^COI-From-Hash.*\r\n/m, '');
    await store(
      anna,
      ...addresses.map(contact),
      without,
      'Subject: hello\r\n\r\nhello\r\n',
      contact('gone@example.org'),
    );
    await anna.mailbox.mailboxOpen('COI/Contacts');
    await anna.mailbox.messageFlagsAdd('8', ['\\Deleted'], { uid: true });
    const seen: unknown[] = [];
    let path = '/v1/contacts?limit=4';
    for (let pages = 0; pages < 3; pages++) {
      const { items, nextCursor } = await anna.client.expect(200, 'GET', path);
      if (Array.isArray(items)) seen.push(...items.map(({ addresses: [address] }) => address));
      if (nextCursor === null) break;
      path = `/v1/contacts?limit=4&cursor=${String(nextCursor)}`;
    }
    expect(seen).toHaveLength(6);
    expect(new Set(seen)).toEqual(new Set([...addresses, 'hidden@example.org']));
  });

  it.each([
    ['an address that the hash is not of', { ...full, addresses: ['carol@example.org'] }, 'addresses'],
    ['no address', { ...full, addresses: [] }, 'addresses'],
    ['no name', { ...full, name: ' ' }, 'name'],
    ['a line break', { ...full, nickname: 'a\r\nCOI-Blocked: yes' }, 'nickname'],
    ['a comma in a category', { ...full, categories: ['a,b'] }, 'categories[0]'],
    ['a birthday that is none', { ...full, birthday: '24.12.' }, 'birthday'],
    [
      'another picture than it says',
      { ...full, photo: { type: 'image/jpeg', content: dot } },
      'photo.content',
    ],
    [
      'a picture that may hold scripts',
      { ...full, photo: { type: 'image/svg+xml', content: 'PHN2Zy8+' } },
      'photo.type',
    ],
    [
      'a picture that is too large',
      {
        ...full,
        photo: { type: 'image/png', content: `${dot.slice(0, 120)}${'A'.repeat(limits.photoBytes * 2)}` },
      },
      'photo.content',
    ],
    [
      'settings that would be others',
      { ...full, notification: { enabled: true, types: ['a;enabled=false'] } },
      'notification.types[0]',
    ],
  ])('refuses a contact with %s', async (_, contact, field) => {
    const { client } = await host.account();
    const { body } = await client.request('PUT', bobUrl, contact);
    expect(body).toMatchObject({ status: 400, code: 'invalid-request', errors: [{ field }] });
  });

  it('refuses an address that belongs to somebody else, and a hash that is none', async () => {
    const anna = await person();
    await anna.client.expect(201, 'PUT', bobUrl, full);
    const carol = { name: 'Carol', addresses: ['carol@example.org', 'bob@work.example'] };
    const { body } = await anna.client.request(
      'PUT',
      `/v1/contacts/${addressHash('carol@example.org')}`,
      carol,
    );
    expect(body).toMatchObject({ status: 409, code: 'conflict' });
    expect(await stored(anna)).toHaveLength(1);
    expect((await anna.client.request('GET', '/v1/contacts/bob@example.org')).body).toMatchObject({
      status: 400,
      errors: [{ field: 'hash' }],
    });
  });

  it('blocks somebody who writes in a conversation, warns of forged senders, and moves his mail away', async () => {
    const anna = await person();
    const { mail } = { mail: sharedMail() };
    await seedConversation(host.services, anna.account);
    const { items } = await anna.client.expect(200, 'GET', '/v1/conversations');
    const participant: unknown = Array.isArray(items) ? items[0]?.participants[0]?.address : undefined;
    const stranger = String(participant);
    const url = `/v1/contacts/${addressHash(stranger)}/block`;
    await mail.deliver(anna.account.email, `From: Somebody <${stranger}>\r\nSubject: one\r\n\r\none\r\n`);
    await mail.deliver(anna.account.email, `From: x${stranger}\r\nSubject: two\r\n\r\ntwo\r\n`);
    await mail.deliver(
      anna.account.email,
      `From: "${stranger}" <carol@example.org>\r\nSubject: three\r\n\r\nthree\r\n`,
    );
    const blocked = await anna.client.expect(200, 'PUT', url);
    expect(blocked).toMatchObject({
      blocked: true,
      addresses: [stranger],
      warnings: ['sender-unverified'],
      moved: 0,
    });
    expect(await rule(anna, stranger)).toBe('blocked');
    expect(await anna.client.expect(200, 'PUT', `${url}?moveMail=1`)).toMatchObject({ moved: 1 });
    expect((await stored(anna, 'INBOX')).map(({ raw }) => /Subject: (\w+)/.exec(raw)?.[1])).toEqual([
      'two',
      'three',
    ]);
    expect((await stored(anna, 'Blocked')).map(({ raw }) => /Subject: (\w+)/.exec(raw)?.[1])).toEqual([
      'one',
    ]);
    expect(await anna.client.expect(200, 'PUT', `${url}?moveMail=1`)).toMatchObject({
      moved: 0,
      warnings: [],
    });
  });

  it('does not warn of a sender whom the own provider verified', async () => {
    const anna = await person();
    const results = 'Authentication-Results: mx.example.test; dkim=pass header.d=example.org';
    await sharedMail().deliver(anna.account.email, `${results}\r\nFrom: bob@example.org\r\n\r\nhi\r\n`);
    await anna.client.expect(201, 'PUT', bobUrl, full);
    expect(await anna.client.expect(200, 'PUT', `${bobUrl}/block`)).toMatchObject({ warnings: [] });
  });

  it('is told to alerts after each change here, and after what other clients changed once it is looked at', async () => {
    const anna = await person();
    await anna.client.expect(201, 'PUT', bobUrl, full);
    expect([await rule(anna, 'bob@example.org'), await rule(anna, 'bob@work.example', true)]).toEqual([
      'muted',
      'normal',
    ]);
    await anna.client.expect(200, 'PUT', bobUrl, { ...full, blocked: true });
    expect(await rule(anna, 'BOB@example.org')).toBe('blocked');

    const group = foreignContact
      .replace('Chat-Content: contact', 'Chat-Content: group')
      .replace(
        /<p class.*/s,
        '<p class="h-group"><p class="p-id">Team1234</p><span class="p-notification">enabled=no</span></p>',
      );
    await anna.mailbox.append('COI/Contacts', group);
    await anna.mailbox.append(
      'COI/Contacts',
      encryptedContact.replace(
        /^COI-From-Hash.*$/m,
        `COI-Blocked:\r\nCOI-From-Hash: ${addressHash('eve@example.org')}`,
      ),
    );
    await anna.mailbox.append(
      'COI/Contacts',
      foreignContact.replace(
        /^COI-From-Hash.*$/m,
        `COI-Blocked: x\r\nCOI-From-Hash: ${addressHash('large@example.org')}`,
      ) + 'x'.repeat(limits.contactMailBytes),
    );
    const book = await refresh(anna);
    if (book === undefined) throw new Error('no address book');
    expect(contactRule(book, { from: 'dan@example.org', groupId: 'Team1234', mention: false })).toBe('muted');
    for (const from of ['eve@example.org', 'large@example.org', 'bob@example.org']) {
      expect([from, await rule(anna, from)]).toEqual([from, 'blocked']);
    }
    await anna.mailbox.mailboxOpen('COI/Contacts');
    await anna.mailbox.messageDelete('1:*');
    expect(await refresh(anna)).toBeUndefined();
    expect(await rule(anna, 'bob@example.org')).toBe('no address book');
  });

  it('costs the store nothing without contacts, and one read without news', async () => {
    const anna = await person();
    await getAccount(host.services.store, anna.account.id);
    host.parts.take();
    await refresh(anna);
    const empty = host.parts.take();
    await anna.client.expect(201, 'PUT', bobUrl, full);
    host.parts.take();
    await refresh(anna);
    // One read is the account's, by the test itself.
    expect([empty, host.parts.take()]).toEqual([
      { read: 1, write: 0 },
      { read: 2, write: 0 },
    ]);
  });

  it('holds the own profile, which goes once to each contact', async () => {
    const anna = await person();
    const profile = { name: 'Anna', status: 'at the lake', photo };
    expect(await anna.client.expect(200, 'PUT', '/v1/profile', profile)).toEqual(profile);
    expect(await anna.client.expect(200, 'GET', '/v1/profile')).toEqual(profile);
    await anna.client.expect(200, 'PUT', '/v1/profile', { name: 'Anna', status: 'at the lake' });
    const [mail, ...more] = await stored(anna);
    expect([mail?.raw.includes('Chat-Content: profile\r\n'), more]).toEqual([true, []]);

    const { store: table } = host.services;
    const partFor = async (...recipients: string[]) => {
      const account = await getAccount(table, anna.account.id);
      return account && profilePartFor(host.services, account, recipients);
    };
    expect(await partFor('bob@example.org')).toBeUndefined();
    await anna.client.expect(201, 'PUT', bobUrl, full);
    const part = await partFor('Bob@example.org');
    expect(part?.html).toContain('<span class="p-name">Anna</span>');
    expect(part?.html).toContain(`<span class="u-email">${anna.account.email}</span>`);
    expect(await partFor('bob@example.org', 'stranger@example.org')).toBeUndefined();
    expect(await partFor()).toBeUndefined();

    await noteProfileSent(host.services, anna.account.id, ['bob@example.org'], part?.version ?? '');
    expect(await partFor('bob@example.org')).toBeUndefined();
    expect(await partFor('bob@work.example')).toEqual(part);
    // What is noted outlives changes of contacts, and ends with the next profile.
    await anna.client.expect(200, 'PUT', bobUrl, { ...full, name: 'Robert' });
    expect(await partFor('bob@example.org')).toBeUndefined();
    expect(await anna.client.expect(200, 'PUT', '/v1/profile', { name: 'Ann', photo: null })).toEqual({
      name: 'Ann',
    });
    expect((await partFor('bob@example.org'))?.html).toContain('<span class="p-name">Ann</span>');
    await anna.client.expect(200, 'PUT', `${bobUrl}/block`);
    expect(await partFor('bob@example.org')).toBeUndefined();
  });

  it('sends the profile along with the next text to a contact, and with that one alone', async () => {
    const anna = await person();
    const friend = await person();
    const { email } = friend.account;
    await anna.client.expect(200, 'PUT', '/v1/profile', { name: 'Anna', status: 'at the lake' });
    const url = `/v1/contacts/${addressHash(email)}`;
    await anna.client.expect(201, 'PUT', url, { name: 'A friend', addresses: [email], blocked: false });
    for (const text of ['First', 'Second']) {
      await anna.client.expect(202, 'POST', '/v1/messages', { kind: 'text', to: [email], text });
    }
    const received = await eventually('both mails', async () => {
      const mails = await stored(friend, 'INBOX');
      return mails.length === 2 ? mails : undefined;
    });
    expect(received.map(({ raw }) => raw.includes('Chat-Content: profile'))).toEqual([true, false]);
    expect(received[0]?.raw).toContain('at the lake');
    const { items } = await anna.client.expect(200, 'GET', '/v1/conversations');
    expect(items).toMatchObject([{ lastMessage: { kind: 'text' } }]);
  });

  it('keeps groups that are muted, with their members, and what other clients wrote of them', async () => {
    const anna = await person();
    const group = {
      id: 'g-1',
      conversation: { groupId: 'HikingFriends1', title: 'Lake', mutedUntil: undefined, mentionOnly: false },
    };
    await seedConversation(host.services, anna.account, group);
    const path = '/v1/conversations/g-1';
    // Nobody's folders are made for it.
    await anna.client.expect(200, 'PATCH', path, { muted: true });
    await anna.client.expect(201, 'PUT', bobUrl, full);
    expect(await stored(anna)).toHaveLength(1);
    await anna.client.expect(200, 'PATCH', path, { muted: false, mentionOnly: true });
    const groups = async () =>
      (await stored(anna)).filter(({ raw, deleted }) => !deleted && raw.includes('Chat-Content: group\r\n'));
    const [mail, ...more] = await groups();
    const body = Buffer.from(mail?.raw.split('\r\n\r\n')[1] ?? '', 'base64').toString();
    expect(more).toEqual([]);
    expect(body).toContain('HikingFriends1');
    expect(body).toContain('filters=mention');
    expect(body).toContain('carol.chen@example.org');
    const book = await getAddressBook(host.services.store, anna.account.id);
    const ruleOf = (mention: boolean) =>
      book && contactRule(book, { from: 'carol.chen@example.org', groupId: 'HikingFriends1', mention });
    expect([ruleOf(false), ruleOf(true)]).toEqual(['muted', 'normal']);
    await anna.client.expect(200, 'PATCH', path, { mentionOnly: true });
    expect((await groups()).map(({ uid }) => uid)).toEqual([mail?.uid]);
  });

  it('tells that the mail server refuses to make its folder', async () => {
    // No name of a folder has an empty part.
    const anna = await person('example.test', { mailboxRoot: 'a//b' });
    const { body } = await anna.client.request('PUT', bobUrl, full);
    expect(body).toMatchObject({
      status: 409,
      code: 'conflict',
      detail: expect.stringContaining('a//b/Contacts'),
    });
  });
});
