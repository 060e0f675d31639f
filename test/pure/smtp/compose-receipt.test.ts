import { describe, expect, it } from 'vitest';
import { checkRawMail } from '../../../shared/coi/check-raw-mail.ts';
import { readMail } from '../../../shared/coi/read-mail.ts';
import { composeReceipt, type ReceiptToCompose } from '../../../shared/smtp/compose-receipt.ts';
import { mailFromEml } from '../../support/mail-from-eml.ts';

const usual: ReceiptToCompose = {
  messageId: '<chat$receipt@example.org>',
  date: Date.UTC(2026, 10, 23, 1, 2, 3),
  from: { address: 'bob@example.org', name: 'Bob' },
  to: { address: 'alice@example.org', name: 'Alice' },
  original: '<chat$1@example.org>',
};

describe('composeReceipt', () => {
  it('makes a report of RFC 8098 for people and programs, with nothing of the mail it is for', () => {
    expect(composeReceipt(usual).toString()).toBe(
      [
        'From: <bob@example.org>',
        'To: <alice@example.org>',
        'Subject: Receipt Notification',
        'Date: Mon, 23 Nov 2026 01:02:03 +0000',
        'Message-ID: <chat$receipt@example.org>',
        'In-Reply-To:',
        ' <chat$1@example.org>',
        'References:',
        ' <chat$1@example.org>',
        'Chat-Version: 1.0',
        'Auto-Submitted: auto-replied',
        'MIME-Version: 1.0',
        'Content-Type: multipart/report; report-type=disposition-notification;',
        '\tboundary="receipt-parts"',
        '',
        '--receipt-parts',
        'Content-Type: text/plain; charset=us-ascii',
        '',
        'This is a receipt for the message you sent: it was displayed.',
        'That is no guarantee that it was read or understood.',
        '',
        '--receipt-parts',
        'Content-Type: message/disposition-notification',
        '',
        'Final-Recipient: rfc822;bob@example.org',
        'Original-Message-ID:',
        ' <chat$1@example.org>',
        'Disposition: manual-action/MDN-sent-manually; displayed',
        '',
        '--receipt-parts--',
        '',
      ].join('\r\n'),
    );
  });

  it('is read as a receipt for that mail, and as a mail in good form', () => {
    const receipt = composeReceipt({ ...usual, original: `<${'x'.repeat(880)}@example.org>` });
    expect(readMail(mailFromEml(receipt), { addresses: ['alice@example.org'] })).toMatchObject({
      class: 'mdn',
      event: { kind: 'receipt', targets: [`<${'x'.repeat(880)}@example.org>`] },
      receiptRequested: false,
    });
    const facts = { own: ['bob@example.org'], to: undefined };
    expect(checkRawMail(receipt, facts)).toMatchObject({ kind: 'fit', mail: receipt });
  });

  it.each([
    { original: '<a@b>\r\nBcc: eve@example.org' },
    { original: '<a@b> <c@d>' },
    { messageId: 'a@b' },
    { to: { address: 'alice@example.org>\r\nBcc: <eve@example.org', name: undefined } },
    { to: { address: 'alice@example.org,eve@example.org', name: undefined } },
    { from: { address: 'b\u00f6b@example.org', name: undefined } },
  ])('does not let %j break out of its field', (changes) => {
    expect(() => composeReceipt({ ...usual, ...changes })).toThrow(/^not/);
  });
});
