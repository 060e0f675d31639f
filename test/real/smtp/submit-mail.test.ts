import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { openMailSession } from '../../../shared/imap/mail-session.ts';
import { readText } from '../../../shared/mail-body/read-text.ts';
import { createAddressGuard } from '../../../shared/net/address-guard.ts';
import { trustStore } from '../../../shared/net/trust-store.ts';
import { composeMail } from '../../../shared/smtp/compose.ts';
import { textPart } from '../../../shared/smtp/compose-part.ts';
import type { SubmissionLogin } from '../../../shared/smtp/open-submission.ts';
import { submitMail } from '../../../shared/smtp/submit-mail.ts';
import { verifySubmission } from '../../../shared/smtp/verify-submission.ts';
import { eventually } from '../../support/eventually.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';

const deadlineMs = 10_000;

describe.skipIf(!hasMailServers)('submission to Dovecot', () => {
  const site = () => {
    const mail = sharedMail();
    const network = {
      guard: createAddressGuard({ allowPrivateHosts: ['127.0.0.0/8', '::1/128'] }),
      trust: trustStore([mail.ca]),
    };
    const loginOf = (
      user: string,
      tls: SubmissionLogin['tls'] = 'implicit',
    ): SubmissionLogin & { readonly password: string } => ({
      ...{ host: mail.smtp.host, port: tls === 'implicit' ? mail.smtp.port : mail.smtp.starttlsPort },
      ...{ tls, user, password: mail.password },
    });
    return { mail, network, loginOf };
  };

  it.each(['implicit', 'starttls'] as const)('proves a login over %s TLS', async (tls) => {
    const { mail, network, loginOf } = site();
    await verifySubmission(loginOf(mail.newAddress('alice'), tls), network, { deadlineMs });
  });

  it('tells a wrong password', async () => {
    const { mail, network, loginOf } = site();
    const login = { ...loginOf(mail.newAddress('alice')), password: 'wrong' };
    await expect(verifySubmission(login, network, { deadlineMs })).rejects.toMatchObject({
      code: 'login-refused',
    });
  });

  it.each(['implicit', 'starttls'] as const)(
    'takes a chat from one mailbox to another over %s TLS',
    async (tls) => {
      const { mail, network, loginOf } = site();
      const [alice, bob] = [mail.newAddress('alice'), mail.newAddress('bob')];
      const messageId = `<chat$${randomUUID()}@example.test>`;
      const text = 'Grüße, Bob!\n.\nFrom here on';
      const raw = await composeMail({
        ...{ messageId, date: Date.now(), subject: 'Chat', references: [], requestReceipt: false },
        body: textPart('plain', text),
        from: { address: alice, name: 'Alice Müller' },
        to: [{ address: bob, name: undefined }],
      });
      const outcome = await submitMail(
        loginOf(alice, tls),
        network,
        { from: alice, to: [bob], raw },
        { deadlineMs },
      );
      expect(outcome).toEqual({ kind: 'accepted', accepted: [bob], later: [], refused: [] });

      const login = { host: mail.imap.host, port: mail.imap.port, tls: 'implicit', user: bob } as const;
      const session = await openMailSession({ ...login, password: mail.password }, network, { deadlineMs });
      try {
        const received = await eventually('the mail', async () => {
          await session.open('INBOX', 'read');
          return (await session.fetchFrom(1, { limit: 5 }))[0];
        });
        expect(received.header.first('message-id')).toBe(messageId);
        const part = await session.readPart(received.uid, received.structure.part, 10_000);
        expect((await readText(part ? [part] : [])).text.trim()).toBe(text);
      } finally {
        session.close();
      }
    },
  );
});
