import type { LookupAddress, LookupOptions } from 'node:dns';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../../shared/core/faults.ts';
import { type AddressGuard, createAddressGuard } from '../../../shared/net/address-guard.ts';
import { hostileHosts } from '../../support/hostile-hosts.ts';

const noResolver = () => Promise.reject(new Error('nothing may be looked up here'));
const closed = createAddressGuard({ allowPrivateHosts: [], resolve: noResolver });

describe('the address guard', () => {
  describe.each(Object.entries(hostileHosts))('refuses %s', (_, hosts) => {
    it.each(hosts)('%j', async (host) => {
      expect(() => closed.assertHost(host)).toThrow(Fault);
      expect(await outcome(closed, host)).toBe('EADDRFORBIDDEN');
    });
  });

  it.each([
    'mail.example.org',
    'mail.example.org.',
    'MAIL.Example.ORG',
    'imap.münchen.example',
    'mail_1.example.org',
    '1.example.org',
    '163.com',
    '1.1.1.1',
    '192.0.1.1',
    '2606:4700:4700::1111',
    '[2606:4700:4700::1111]',
    // An IPv6-only host reaches 8.8.8.8 through NAT64 under this address.
    '64:ff9b::8.8.8.8',
    '::ffff:8.8.8.8',
  ])('lets %s through', (host) => {
    expect(() => closed.assertHost(host)).not.toThrow();
  });

  it('says in its fault what is wrong without naming the host', () => {
    expect(() => closed.assertHost('10.1.2.3')).toThrow(
      expect.objectContaining({ code: 'mail-host-forbidden', message: expect.not.stringContaining('10.1') }),
    );
  });

  it('judges the addresses of a name when it is connected to', async () => {
    const guard = guardWith({ 'mail.example.org': ['10.0.0.5'] });
    expect(() => guard.assertHost('mail.example.org')).not.toThrow();
    expect(await outcome(guard, 'mail.example.org')).toBe('EADDRFORBIDDEN');
  });

  it('refuses a name when only one of its addresses is forbidden', async () => {
    const guard = guardWith({ 'mail.example.org': ['1.1.1.1', '2606:4700::1111', '::ffff:127.0.0.1'] });
    expect(await outcome(guard, 'mail.example.org')).toBe('EADDRFORBIDDEN');
    expect(await outcome(guard, 'mail.example.org', { family: 4 })).toBe('EADDRFORBIDDEN');
  });

  it('resolves once per connection and hands out what it checked, so that a rebinding name never connects inside', async () => {
    const answers = [['1.1.1.1'], ['127.0.0.1']];
    let asked = 0;
    const guard = createAddressGuard({
      allowPrivateHosts: [],
      resolve: async () => (answers[asked++] ?? []).map(addressOf),
    });
    expect(await outcome(guard, 'rebind.example.org')).toEqual([{ address: '1.1.1.1', family: 4 }]);
    expect(asked).toBe(1);
    expect(await outcome(guard, 'rebind.example.org')).toBe('EADDRFORBIDDEN');
    expect(asked).toBe(2);
  });

  it('answers both ways in which Node asks', async () => {
    const guard = guardWith({ 'mail.example.org': ['2606:4700::1111', '1.1.1.1'] });
    expect(await outcome(guard, 'mail.example.org')).toEqual([
      { address: '2606:4700::1111', family: 6 },
      { address: '1.1.1.1', family: 4 },
    ]);
    expect(await outcome(guard, 'mail.example.org', { all: false })).toEqual(['2606:4700::1111', 6]);
    expect(await outcome(guard, 'mail.example.org', { all: false, family: 4 })).toEqual(['1.1.1.1', 4]);
    expect(await outcome(guard, 'mail.example.org', { all: true, family: 'IPv6' })).toEqual([
      { address: '2606:4700::1111', family: 6 },
    ]);
  });

  it('passes on that a name has no address', async () => {
    const failing = createAddressGuard({
      allowPrivateHosts: [],
      resolve: () => Promise.reject(Object.assign(new Error('queryA'), { code: 'ENOTFOUND' })),
    });
    expect(await outcome(failing, 'gone.example.org')).toBe('ENOTFOUND');
    expect(await outcome(guardWith({}), 'gone.example.org')).toBe('ENOTFOUND');
    const v6only = guardWith({ 'six.example.org': ['2606:4700::1111'] });
    expect(await outcome(v6only, 'six.example.org', { family: 4 })).toBe('ENOTFOUND');
  });

  it('tries a bounded number of addresses', async () => {
    const many = Array.from({ length: 100 }, (_, i) => `1.1.1.${i}`);
    expect(await outcome(guardWith({ 'many.example.org': many }), 'many.example.org')).toHaveLength(8);
  });
});

describe('the address guard, with ranges that are permitted', () => {
  const home = createAddressGuard({
    allowPrivateHosts: ['192.168.0.0/16', 'fd00::/8'],
    resolve: resolverOf({ 'mail.lan': ['192.168.1.2'], 'web.lan': ['10.0.0.1'], localhost: ['127.0.0.1'] }),
  });
  const local = createAddressGuard({
    allowPrivateHosts: ['127.0.0.0/8'],
    resolve: resolverOf({ localhost: ['::1', '127.0.0.1'], 'evil.example.org': ['127.0.0.1', '10.0.0.1'] }),
  });

  it('permits these and nothing more', () => {
    for (const host of ['192.168.1.2', 'fd00::1', '::ffff:192.168.1.2']) {
      expect(() => home.assertHost(host)).not.toThrow();
    }
    for (const host of [
      '10.0.0.1',
      '127.0.0.1',
      'localhost',
      'fc00::1',
      '64:ff9b::192.168.1.2',
      '0xc0a80102',
    ]) {
      expect(() => home.assertHost(host)).toThrow(Fault);
    }
  });

  it('permits names of the inside that lead there', async () => {
    expect(await outcome(home, 'mail.lan')).toEqual([{ address: '192.168.1.2', family: 4 }]);
    expect(await outcome(home, 'web.lan')).toBe('EADDRFORBIDDEN');
    expect(await outcome(home, 'localhost')).toBe('EADDRFORBIDDEN');
  });

  it('permits localhost with loopback, by the addresses that are permitted', async () => {
    expect(() => local.assertHost('localhost')).not.toThrow();
    expect(await outcome(local, 'localhost')).toEqual([{ address: '127.0.0.1', family: 4 }]);
    expect(await outcome(local, 'evil.example.org')).toBe('EADDRFORBIDDEN');
    expect(() => local.assertHost('::1')).toThrow(Fault);
  });

  it('never permits addresses and names of cloud metadata', () => {
    const open = createAddressGuard({ allowPrivateHosts: ['0.0.0.0/0', '::/0'], resolve: noResolver });
    expect(() => open.assertHost('10.0.0.1')).not.toThrow();
    const metadata = [
      '169.254.169.254',
      '::ffff:169.254.169.254',
      'fd00:ec2::254',
      'metadata.google.internal',
    ];
    for (const host of metadata) expect(() => open.assertHost(host)).toThrow(Fault);
  });

  it.each(['10.0.0.0', '10.0.0.0/33', 'localhost', '', '10.0.0.0/8 '])(
    'does not start with %j as a range',
    (range) => {
      expect(() => createAddressGuard({ allowPrivateHosts: [range] })).toThrow('address range');
    },
  );
});

describe('the port of a mail server', () => {
  const guard = createAddressGuard({
    allowPrivateHosts: ['10.0.0.0/8'],
    resolve: resolverOf({
      'mail.example.org': ['1.1.1.1'],
      'mail.lan': ['10.0.0.1'],
      'both.lan': ['10.0.0.1', '1.1.1.1'],
    }),
  });

  it.each([143, 465, 587, 993])('may be %i anywhere', async (port) => {
    expect(() => closed.assertMailServer({ host: 'mail.example.org', port })).not.toThrow();
    expect(await outcome(guard, 'mail.example.org', { port })).toHaveLength(1);
  });

  it.each([25, 22, 80, 443, 6379, 10_143, 0, -1, 65_536])('may not be %i at a public host', async (port) => {
    expect(() => closed.assertMailServer({ host: 'mail.example.org', port })).toThrow(Fault);
    expect(() => guard.assertMailServer({ host: '1.1.1.1', port })).toThrow(Fault);
    expect(await outcome(guard, 'mail.example.org', { port })).toBe('EADDRFORBIDDEN');
    expect(await outcome(guard, 'both.lan', { port })).toBe('EADDRFORBIDDEN');
  });

  it('may be any at a host in a permitted range', async () => {
    expect(() => guard.assertMailServer({ host: '10.0.0.1', port: 10_143 })).not.toThrow();
    expect(() => guard.assertMailServer({ host: 'mail.lan', port: 10_143 })).not.toThrow();
    expect(await outcome(guard, 'mail.lan', { port: 10_143 })).toHaveLength(1);
  });
});

/** What a connection would get: the addresses, or the error's code. */
function outcome(
  guard: AddressGuard,
  host: string,
  { port, ...options }: LookupOptions & { port?: number } = {},
): Promise<unknown> {
  const lookup = port === undefined ? guard.lookup : guard.mailLookup(port);
  return new Promise((resolve) => {
    lookup(host, { all: true, ...options }, (error, address, family) => {
      if (error !== null) resolve(error.code ?? error.message);
      else resolve(typeof address === 'string' ? [address, family] : address);
    });
  });
}

function guardWith(names: Readonly<Record<string, readonly string[]>>): AddressGuard {
  return createAddressGuard({ allowPrivateHosts: [], resolve: resolverOf(names) });
}

function resolverOf(names: Readonly<Record<string, readonly string[]>>) {
  return async (host: string) => (names[host] ?? []).map(addressOf);
}

function addressOf(address: string): LookupAddress {
  return { address, family: address.includes(':') ? 6 : 4 };
}
