import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newSubscriber } from '../../../functions/local/demo/push-receiver.ts';
import { systemClock } from '../../../shared/core/clock.ts';
import { Fault } from '../../../shared/core/faults.ts';
import { openMailSession } from '../../../shared/imap/mail-session.ts';
import { createAddressGuard } from '../../../shared/net/address-guard.ts';
import type { Network } from '../../../shared/net/connect.ts';
import { httpsFetch } from '../../../shared/net/https-fetch.ts';
import { trustStore } from '../../../shared/net/trust-store.ts';
import { createPushClient, type PushClient } from '../../../shared/push/push-client.ts';
import { createVapidKeys } from '../../../shared/push/vapid.ts';
import { verifySubmission } from '../../../shared/smtp/verify-submission.ts';
import { hostileHosts } from '../../support/hostile-hosts.ts';
import { a, aaaa, type LocalDns, startLocalDns } from '../../support/local-dns.ts';

/** Names of the public internet that lead inside, each in its own way. */
const zone = {
  'loopback.evil.test': [a('loopback.evil.test', '127.0.0.1')],
  'private.evil.test': [a('private.evil.test', '192.168.1.1')],
  'metadata.evil.test': [a('metadata.evil.test', '169.254.169.254')],
  'cgnat.evil.test': [a('cgnat.evil.test', '100.64.0.1')],
  'loopback6.evil.test': [aaaa('loopback6.evil.test', '::1')],
  'mapped.evil.test': [aaaa('mapped.evil.test', '::ffff:10.0.0.1')],
  'nat64.evil.test': [aaaa('nat64.evil.test', '64:ff9b::a9fe:a9fe')],
  'mixed.evil.test': [a('mixed.evil.test', '93.184.216.34'), a('mixed.evil.test', '10.0.0.1')],
  'mixed6.evil.test': [a('mixed6.evil.test', '93.184.216.34'), aaaa('mixed6.evil.test', 'fd00::1')],
};

describe('every way out that a user can name', () => {
  let dns: LocalDns;
  let network: Network;
  let push: PushClient;
  let turns = 0;

  beforeAll(async () => {
    dns = await startLocalDns({
      ...zone,
      // Public at the first question and inside at each one after it (DNS rebinding).
      'rebinding.evil.test': () => {
        turns += 1;
        return [a('rebinding.evil.test', turns === 1 ? '93.184.216.34' : '127.0.0.1')];
      },
    });
    const guard = createAddressGuard({ allowPrivateHosts: [], resolve: dns.resolve });
    network = { guard, trust: trustStore([]) };
    push = createPushClient({
      ...network,
      vapid: createVapidKeys(),
      subject: 'mailto:operator@example.org',
      clock: systemClock,
    });
  });
  afterAll(async () => {
    push.close();
    await dns.stop();
  });

  const login = (host: string, port: number) =>
    ({ host, port, tls: 'implicit', user: 'anna', password: 'secret' }) as const;
  const deadlineMs = 30_000;
  /** What asks a server that a user named: the code of its refusal. */
  const doors: Readonly<Record<string, (host: string) => Promise<unknown>>> = {
    IMAP: (host) => openMailSession(login(host, 993), network, { deadlineMs }),
    SMTP: (host) => verifySubmission(login(host, 465), network, { deadlineMs }),
    'configuration files and OAuth': (host) =>
      httpsFetch(network, new URL(`https://${host}/`), { deadlineMs, limitBytes: 1000 }),
    push: async (host) => {
      const target = { endpoint: `https://${host}/push`, ...newSubscriber() };
      const outcome = await push.send(target, Buffer.from('{}'), {
        ttlSeconds: 60,
        urgency: 'normal',
        deadlineMs,
      });
      if (outcome.kind === 'refused') throw new Fault('push-unreachable', 'refused');
      return outcome;
    },
  };
  const hostile = Object.values(hostileHosts).flat();

  it('is tried with more than 80 hostile targets', () => {
    expect(new Set(hostile).size + Object.keys(zone).length).toBeGreaterThan(150);
  });

  describe.each(Object.entries(doors))('for %s', (name, open) => {
    it('refuses each hostile target before anything is asked', async () => {
      const asked = dns.asked.length;
      const passed: string[] = [];
      for (const host of hostile) {
        // What the URL parser makes of a text is judged, not the text: `mail.example.org/path` is a host with a path there.
        if (!isSameInUrl(host) && name !== 'IMAP' && name !== 'SMTP') continue;
        const error: unknown = await open(host).then(
          () => 'connected',
          (reason: unknown) => reason,
        );
        const isRefused = error instanceof Fault && error.code !== 'mail-host-unreachable';
        if (!isRefused) passed.push(`${JSON.stringify(host)}: ${String(error)}`);
      }
      expect(passed).toEqual([]);
      expect(dns.asked).toHaveLength(asked);
    });

    it.each(Object.keys(zone))('does not connect to what %s leads to', async (host) => {
      const error: unknown = await open(host).then(
        () => 'connected',
        (reason: unknown) => reason,
      );
      const code = error instanceof Fault ? error.code : Object(error).code;
      expect(['mail-host-forbidden', 'push-unreachable', 'EADDRFORBIDDEN']).toContain(code);
    });

    it('asks for the addresses of a name once, and dials what it has checked', async () => {
      turns = 0;
      const before = dns.asked.length;
      // Nothing answers at the public address from here, or something else does: that it is not the inside counts.
      const error: unknown = await open('rebinding.evil.test').then(
        () => 'connected',
        (reason: unknown) => reason,
      );
      expect(Object(error).code).not.toBe('EADDRFORBIDDEN');
      expect(dns.asked.slice(before).filter((each) => each === 'A rebinding.evil.test')).toHaveLength(1);
      // The next connection asks anew, and is refused.
      const next: unknown = await open('rebinding.evil.test').then(
        () => 'connected',
        (reason: unknown) => reason,
      );
      const code = next instanceof Fault ? next.code : Object(next).code;
      expect(['mail-host-forbidden', 'push-unreachable', 'EADDRFORBIDDEN']).toContain(code);
    });
  });
});

function isSameInUrl(host: string): boolean {
  return URL.canParse(`https://${host}/`) && new URL(`https://${host}/`).host === host.toLowerCase();
}
