import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rateLimits } from '../../../shared/flows/accounts/rate-limits.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { chatMail } from '../../support/chat-mail.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';
import { mailsIn } from '../../support/mailbox-client.ts';
import type { SmtpScript } from '../../support/scripted-smtp.ts';
import { sendingScene } from '../../support/sending-scene.ts';
import { mailboxAccount } from '../../support/watched-account.ts';

describe.skipIf(!hasMailServers)('an alias', () => {
  let host: ApiHost;
  beforeAll(async () => {
    host = await startApiHost({ ca: [sharedMail().ca] });
  });
  afterAll(() => host?.stop());

  /** Somebody whose server delivers what goes to `name+anything` to him too (RFC 5233). */
  async function person() {
    const account = await mailboxAccount(host, sharedMail());
    const { client } = await host.device(account);
    const alias = account.email.replace('@', '+work@');
    const patch = (...aliases: string[]) => client.request('PATCH', '/v1/account', { aliases });
    const raw = (from: string) =>
      client.request('POST', '/v1/messages/raw', chatMail({ from, to: 'bob@example.test', text: 'hi' }), {
        'content-type': 'message/rfc822',
      });
    return { account, client, alias, patch, raw };
  }

  async function personAt(script: SmtpScript) {
    const scene = await sendingScene(host, script);
    return {
      ...scene,
      patch: (aliases: string[]) => scene.client.request('PATCH', '/v1/account', { aliases }),
    };
  }

  it('is one once its mail came back, and may be written from then, and not before', async () => {
    const { account, alias, patch, raw } = await person();
    expect(await raw(alias)).toMatchObject({ status: 400, body: { errors: [{ field: 'From' }] } });
    const reply = await patch(alias.toUpperCase());
    expect(reply).toMatchObject({ status: 200, body: { aliases: [alias], pendingAliases: [] } });
    // What proved it is not left in the mailbox.
    expect(await mailsIn(sharedMail(), account, 'INBOX')).toEqual([]);
    expect((await raw(alias)).status).toBe(202);
  });

  it('of somebody else never is, however often it is asked for, and he gets one mail', async () => {
    const { patch, raw, client } = await person();
    const bob = await mailboxAccount(host, sharedMail());
    expect((await patch(bob.email)).body).toMatchObject({ aliases: [], pendingAliases: [bob.email] });
    expect((await patch(bob.email)).body).toMatchObject({ aliases: [], pendingAliases: [bob.email] });
    expect(await mailsIn(sharedMail(), bob, 'INBOX')).toHaveLength(1);
    expect((await raw(bob.email)).status).toBe(400);
    const exported = JSON.stringify(await client.expect(200, 'GET', '/v1/account/export'));
    expect(exported).toContain(bob.email);
    expect(exported).not.toContain('<alias.');
  });

  it('is one no longer when it is left out, pending or not', async () => {
    const { alias, patch, raw } = await person();
    await patch(alias);
    expect((await patch()).body).toMatchObject({ aliases: [], pendingAliases: [] });
    expect((await raw(alias)).status).toBe(400);
  });

  it('is none where the server takes no mail from it', async () => {
    const { patch } = await personAt({ RCPT: ({ reply }) => reply('553 5.7.1 sender not owned by user') });
    expect(await patch(['boss@example.org'])).toMatchObject({
      status: 400,
      body: { code: 'invalid-request', errors: [{ field: 'aliases[0]' }] },
    });
  });

  it('is none where the server writes another sender over it', async () => {
    const alias = 'boss@example.org';
    let write: (mail: string) => Promise<void> = async () => undefined;
    const { patch, account, file } = await personAt({
      MESSAGE: ({ line, reply }) => void write(line).then(() => reply('250 ok')),
    });
    write = (mail) => file('INBOX', mail.replace(`From: <${alias}>`, `From: <${account.email}>`));
    expect((await patch([alias])).body).toMatchObject({ aliases: [], pendingAliases: [alias] });
    write = (mail) => file('Sent', mail);
    // Nor by the copy in Sent.
    expect((await patch([alias])).body).toMatchObject({ aliases: [], pendingAliases: [alias] });
  });

  it('is found later, when its mail takes longer', async () => {
    const alias = 'slow@example.org';
    let mail = '';
    const { patch, file, smtp } = await personAt({
      MESSAGE({ line, reply }) {
        mail = line;
        reply('250 ok');
      },
    });
    expect((await patch([alias])).body).toMatchObject({ aliases: [], pendingAliases: [alias] });
    await file('INBOX', mail);
    expect((await patch([alias])).body).toMatchObject({ aliases: [alias], pendingAliases: [] });
    expect(smtp.messages).toHaveLength(1);
  });

  it('may be asked for so often and no more: each is a mail to somebody', async () => {
    const { patch } = await personAt({ RCPT: ({ reply }) => reply('550 5.1.1 nobody') });
    for (let times = 0; times < rateLimits.alias.most; times++) await patch([`a${times}@example.org`]);
    expect(await patch(['more@example.org'])).toMatchObject({ status: 429 });
  });
});
