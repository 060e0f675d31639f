import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isVerifiedSender } from '../../../shared/coi/authentication-results.ts';
import { parseHeader } from '../../../shared/coi/header.ts';

const own = ['users.example', 'imap.provider.example'];
const verified = (header: string, sender = 'bob@example.org') =>
  isVerifiedSender(parseHeader(Buffer.from(`${header}\r\n\r\n`)), sender, own);
const results = (text: string) => `Authentication-Results: ${text}`;

describe('a sender', () => {
  it.each([
    results('mx.provider.example; dkim=pass header.d=example.org'),
    results(
      'mx.provider.example; spf=fail smtp.mailfrom=x; dkim=pass (good; signature) header.i=@mail.example.org',
    ),
    results(
      'MX.Provider.Example 1;\r\n dkim=fail header.d=other.example;\r\n DKIM = PASS header.d="Example.org"',
    ),
    results('provider.example; dmarc=pass (p=NONE) header.from=example.org'),
    results('users.example; dkim/1=pass header.d=example.org'),
    `Received: from a by mx.google.com with SMTP\r\n${results('mx.google.com; dkim=pass header.d=example.org')}`,
    `Received: by 2002:a05:6a10 with SMTP id x\r\nReceived: from a by mx.google.com (x) with SMTP\r\n${results('mx.google.com; dmarc=pass')}`,
  ])('is verified by %j', (header) => {
    expect(verified(header)).toBe(true);
  });

  it.each([
    'Subject: nothing',
    results(''),
    results('mx.provider.example; none'),
    results('mx.provider.example; spf=pass smtp.mailfrom=bob@example.org'),
    results('mx.provider.example; dkim=fail header.d=example.org'),
    results('mx.provider.example; dkim=pass header.d=spammer.example'),
    results('mx.provider.example; dkim=pass header.d=org'),
    results('mx.provider.example; dkim=pass header.d=notexample.org'),
    results('mx.provider.example; dkim=pass'),
    results('mx.provider.example; x-dkim=pass header.d=example.org'),
    results('mx.provider.example; dkim=none (dmarc=pass; dkim=pass header.d=example.org)'),
    results('mx.evil.example; dkim=pass header.d=example.org'),
    results('provider.example.evil.test; dmarc=pass'),
    // What came with the mail stands below what the provider put on top.
    `${results('mx.provider.example; dkim=fail')}\r\n${results('mx.provider.example; dkim=pass header.d=example.org')}`,
    `Received: from a by 192.0.2.1 with SMTP\r\n${results('mx.evil.example; dmarc=pass')}`,
  ])('is not verified by %j', (header) => {
    expect(verified(header)).toBe(false);
  });

  it('of two providers under one country is not taken for one', () => {
    const header = parseHeader(Buffer.from(`${results('mx.evil.co.uk; dmarc=pass')}\r\n\r\n`));
    expect(isVerifiedSender(header, 'bob@example.org', ['good.co.uk'])).toBe(false);
    expect(isVerifiedSender(header, 'bob@example.org', ['imap.evil.co.uk'])).toBe(true);
  });

  it('is judged whatever the field holds', () => {
    fc.assert(fc.property(fc.string(), (text) => [true, false].includes(verified(results(text)))));
  });
});
