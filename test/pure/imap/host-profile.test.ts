import { describe, expect, it } from 'vitest';
import { limits } from '../../../shared/core/limits.ts';
import { hostProfile } from '../../../shared/imap/host-profile.ts';

describe('hostProfile', () => {
  it.each(['imap.163.com', 'IMAP.126.com', 'imap.qq.com', 'imap.exmail.qq.com.', 'imap.yeah.net'])(
    'knows that %s wants to be told who comes',
    (host) => {
      expect(hostProfile(host)).toMatchObject({ needsId: true, idleRenewMs: 55_000 });
    },
  );

  it.each(['imap.example.org', 'imap.163.com.example.org', 'not163.com', 'imap.gmail.com'])(
    'expects of %s what the RFCs say',
    (host) => {
      expect(hostProfile(host)).toEqual({ needsId: false, idleRenewMs: limits.idleRenewMs });
    },
  );

  it.each([
    ['imap.mail.yahoo.com', 170_000],
    ['imap.aol.com', 170_000],
    ['imap.rambler.ru', 55_000],
  ])('renews the IDLE with %s sooner', (host, idleRenewMs) => {
    expect(hostProfile(host).idleRenewMs).toBe(idleRenewMs);
  });
});
