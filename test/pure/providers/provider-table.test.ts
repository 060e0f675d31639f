import { describe, expect, it } from 'vitest';
import { limits } from '../../../shared/core/limits.ts';
import { providerOf } from '../../../shared/providers/provider-table.ts';

describe('providerOf', () => {
  it.each(['imap.163.com', 'IMAP.126.com', 'imap.qq.com', 'imap.exmail.qq.com.', 'imap.yeah.net'])(
    'knows that %s wants to be told who comes',
    (host) => {
      expect(providerOf(host)).toMatchObject({ id: 'coremail', needsId: true, idleRenewMs: 55_000 });
    },
  );

  it.each(['imap.example.org', 'imap.163.com.example.org', 'not163.com', 'web.de.example.org', ''])(
    'expects of %s what the RFCs say and Dovecot does',
    (host) => {
      expect(providerOf(host)).toMatchObject({
        id: 'other',
        idleRenewMs: limits.idleRenewMs,
        connectionsPerAccount: 10,
        needsId: false,
        acceptsKeywords: true,
        filesSentCopies: false,
        rewritesMessageIds: false,
        spamFolders: [],
      });
    },
  );

  it.each([
    ['imap.mail.yahoo.com', 170_000],
    ['imap.aol.com', 170_000],
    ['imap.mail.yahoo.co.uk', 170_000],
    ['imap.rambler.ru', 55_000],
  ])('renews the IDLE with %s sooner', (host, idleRenewMs) => {
    expect(providerOf(host).idleRenewMs).toBe(idleRenewMs);
  });

  it.each([
    ['smtp.gmail.com', true],
    ['smtp.googlemail.com', true],
    ['smtp.office365.com', true],
    ['smtp-mail.outlook.com', true],
    ['smtp-relay.gmail.com', false],
    ['example-org.mail.protection.outlook.com', false],
    ['smtp.mail.me.com', false],
  ])('knows whether %s files what it sends', (host, filesSentCopies) => {
    expect(providerOf(host).filesSentCopies).toBe(filesSentCopies);
  });

  it.each(['outlook.office365.com', 'outlook.office.com', 'imap-mail.outlook.com', 'partner.outlook.cn'])(
    'knows that %s keeps no keywords and replaces Message-IDs',
    (host) => {
      expect(providerOf(host)).toMatchObject({ acceptsKeywords: false, rewritesMessageIds: true });
    },
  );

  it.each([
    ['imap.gmail.com', 'gmail'],
    ['imap.mail.me.com', 'icloud'],
    ['imap.gmx.net', 'gmx'],
    ['imap.gmx.com', 'gmx'],
    ['imap.web.de', 'web.de'],
    ['secureimap.t-online.de', 't-online'],
    ['imap.yandex.com', 'yandex'],
    ['imap.mail.ru', 'mail.ru'],
    ['imap.fastmail.com', 'fastmail'],
    ['imap.mailbox.org', 'mailbox.org'],
    ['posteo.de', 'posteo'],
    ['imappro.zoho.eu', 'zoho'],
  ])('knows %s as %s', (host, id) => {
    expect(providerOf(host).id).toBe(id);
  });

  it('leaves Gmail half of its connections for the other clients of a user', () => {
    expect(providerOf('imap.gmail.com').connectionsPerAccount).toBe(7);
  });

  it('knows where WEB.DE puts mail of strangers', () => {
    expect(providerOf('imap.web.de').spamFolders).toEqual(['Unbekannt']);
  });
});
