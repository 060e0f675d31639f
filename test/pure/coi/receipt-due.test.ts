import { describe, expect, it } from 'vitest';
import { parseHeader } from '../../../shared/coi/header.ts';
import { isReceiptDue } from '../../../shared/coi/receipt-due.ts';

const sender = 'alice@example.org';
const id = 'Message-ID: <chat$1@example.org>';
const asked = 'Disposition-Notification-To: alice@example.org';
const isDue = (fields: readonly string[], flags: readonly string[] = []) =>
  isReceiptDue({ header: parseHeader(Buffer.from(`${fields.join('\r\n')}\r\n\r\n`)), flags }, sender);

describe('A read receipt', () => {
  it.each([
    [asked],
    ['Chat-Disposition-Notification-To: Alice <Alice@Example.org>'],
    [asked, 'Chat-Disposition-Notification-To: alice@example.org'],
    [asked, 'Return-Path: <alice@example.org>'],
    [asked, 'Auto-Submitted: no'],
    [asked, 'Precedence: normal'],
    [asked, 'Disposition-Notification-Options: x=optional,1'],
  ])('is due for a mail with %j', (...fields) => {
    expect(isDue([id, ...fields])).toBe(true);
    expect(isDue([id, ...fields], ['\\Seen', '$Chat'])).toBe(true);
  });

  it.each(['$MDNSent', '$mdnsent'])('is not due twice: %s', (flag) => {
    expect(isDue([id, asked], ['\\Seen', flag])).toBe(false);
  });

  it.each([
    ['nobody asks for it'],
    ['somebody else is to have it', 'Disposition-Notification-To: mallory@example.org'],
    ['somebody else is to have it too', asked, 'Chat-Disposition-Notification-To: mallory@example.org'],
    ['two are to have it', 'Disposition-Notification-To: alice@example.org, mallory@example.org'],
    ['nobody can have it', 'Disposition-Notification-To: nobody'],
    ['the mail came from another address', asked, 'Return-Path: <bounces@example.net>'],
    ['it came by a list', asked, 'List-Id: <friends.example.org>'],
    ['it can be posted to a list', asked, 'List-Post: <mailto:friends@example.org>'],
    ['it is a newsletter', asked, 'List-Unsubscribe: <https://example.org/u>'],
    ['it is bulk mail', asked, 'Precedence: bulk'],
    ['it is junk', asked, 'Precedence: Junk'],
    ['it was made by a machine', asked, 'Auto-Submitted: auto-generated'],
    ['it is an answer of a machine', asked, 'auto-submitted: Auto-Replied; owner-email="x"'],
    ['it wants what we do not know', asked, 'Disposition-Notification-Options: x=required,1'],
  ])('is not due where %s', (_, ...fields) => {
    expect(isDue([id, ...fields])).toBe(false);
  });

  it('is not due where it could not say which mail it is for', () => {
    expect(isDue([asked])).toBe(false);
    expect(isDue([asked, `Message-ID: <${'x'.repeat(950)}@example.org>`])).toBe(false);
    expect(isDue([asked, 'Message-ID: <gr\u00fc\u00dfe@example.org>'])).toBe(false);
  });
});
