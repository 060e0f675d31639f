import { afterEach, describe, expect, it } from 'vitest';
import { createAddressGuard } from '../../../shared/net/address-guard.ts';
import { type SubmitOutcome, submitMail } from '../../../shared/smtp/submit-mail.ts';
import { verifySubmission } from '../../../shared/smtp/verify-submission.ts';
import { type ScriptedSmtp, type SmtpScript, startScriptedSmtp } from '../../support/scripted-smtp.ts';

const servers: ScriptedSmtp[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

async function serve(script: SmtpScript = {}, tls: 'implicit' | 'starttls' = 'implicit') {
  const server = await startScriptedSmtp(script, tls);
  servers.push(server);
  return server;
}

const mail = {
  from: 'alice@example.org',
  to: ['bob@example.org', 'carol@example.org'],
  raw: Buffer.from('Subject: Chat\r\n\r\n.dots and\r\n..more\r\n'),
};

const submit = (server: ScriptedSmtp, deadlineMs = 30_000, sent = mail): Promise<SubmitOutcome> =>
  submitMail(server.login, server.network, sent, { deadlineMs });

const pipelining = '250-mail.example.org\r\n250-PIPELINING\r\n250 AUTH PLAIN';

describe('submitMail', () => {
  it('hands the very bytes over', async () => {
    const server = await serve();
    expect(await submit(server)).toEqual({ kind: 'accepted', accepted: mail.to, refused: [], later: [] });
    expect(server.messages).toEqual(['Subject: Chat\r\n\r\n..dots and\r\n...more']);
    expect(server.verbs).toEqual(['EHLO', 'AUTH', 'MAIL', 'RCPT', 'RCPT', 'DATA', 'MESSAGE']);
  });

  it('tells which recipients were refused while others got the mail', async () => {
    const server = await serve({
      RCPT: ({ line, reply }) => reply(line.includes('bob') ? '550 5.1.1 no such user' : '250 ok'),
    });
    expect(await submit(server)).toEqual({
      kind: 'accepted',
      accepted: ['carol@example.org'],
      refused: ['bob@example.org'],
      later: [],
      code: 550,
    });
  });

  it('tells which recipients are put off while others got the mail', async () => {
    const dave = 'dave@example.org';
    const replies: readonly [string, string][] = [
      ['bob', '451 4.7.1 greylisted'],
      ['carol', '550 5.1.1 no such user'],
    ];
    const server = await serve({
      RCPT: ({ line, reply }) => reply(replies.find(([who]) => line.includes(who))?.[1] ?? '250 ok'),
    });
    expect(await submit(server, 5_000, { ...mail, to: [...mail.to, dave] })).toEqual({
      kind: 'accepted',
      accepted: [dave],
      refused: ['carol@example.org'],
      later: ['bob@example.org'],
      code: 451,
    });
  });

  it('tells the Message-ID that the server gave the mail in place of its own', async () => {
    const given = '<DB7PR01MB0001@DB7PR01MB0001.eurprd01.prod.outlook.com>';
    const server = await serve({
      MESSAGE: ({ reply }) =>
        reply(`250 2.0.0 OK ${given} [Hostname=DB7PR01MB0001.eurprd01.prod.outlook.com]`),
    });
    expect(await submit(server)).toMatchObject({ kind: 'accepted', serverMessageId: given });
  });

  const replies: readonly { readonly at: string; readonly reply: string; readonly outcome: SubmitOutcome }[] =
    [
      { at: 'MAIL', reply: '451 4.3.0 later', outcome: { kind: 'later', code: 451 } },
      { at: 'MAIL', reply: '550 5.7.1 not your address', outcome: { kind: 'refused', code: 550 } },
      { at: 'RCPT', reply: '450 4.2.0 greylisted', outcome: { kind: 'later', code: 450 } },
      { at: 'RCPT', reply: '550 5.1.1 no such user', outcome: { kind: 'refused', code: 550 } },
      { at: 'DATA', reply: '451 4.3.0 not now', outcome: { kind: 'later', code: 451 } },
      { at: 'DATA', reply: '554 5.5.1 no', outcome: { kind: 'refused', code: 554 } },
      { at: 'MESSAGE', reply: '452 4.3.1 disk full', outcome: { kind: 'later', code: 452 } },
      { at: 'MESSAGE', reply: '421 4.3.2 closing', outcome: { kind: 'later', code: 421 } },
      { at: 'MESSAGE', reply: '554 5.7.1 spam', outcome: { kind: 'refused', code: 554 } },
    ];
  it.each(replies)('takes "$reply" to $at for $outcome.kind', async ({ at, reply: text, outcome }) => {
    const plain = await serve({ [at]: ({ reply }) => reply(text) });
    expect(await submit(plain)).toEqual(outcome);
    const pipelined = await serve({
      EHLO: ({ reply }) => reply(pipelining),
      [at]: ({ reply }) => reply(text),
    });
    expect(await submit(pipelined)).toEqual(outcome);
  });

  it('tries again later when one recipient is only put off and none is taken', async () => {
    const server = await serve({
      RCPT: ({ line, reply }) => reply(line.includes('bob') ? '450 4.2.0 later' : '550 5.1.1 no such user'),
    });
    expect(await submit(server)).toEqual({ kind: 'later', code: 450, refused: ['carol@example.org'] });
  });

  it.each(['MAIL', 'RCPT', 'DATA'])(
    'knows that nothing was sent when the connection breaks at %s',
    async (at) => {
      const server = await serve({ [at]: ({ socket }) => void socket.destroy() });
      expect(await submit(server)).toEqual({ kind: 'later' });
    },
  );

  it('knows that nothing was sent when the connection breaks amid the mail', async () => {
    const large = { ...mail, raw: Buffer.alloc(16 * 1024 * 1024, 'x\r\n') };
    const server = await serve({
      EHLO: ({ reply }) => reply('250-mail.example.org\r\n250 AUTH PLAIN'),
      DATA({ reply, socket }) {
        reply('354 go ahead');
        socket.once('data', () => socket.destroy());
      },
    });
    expect(await submit(server, 5_000, large)).toEqual({ kind: 'later' });
    expect(server.messages).toEqual([]);
  });

  it('does not claim to know when the connection breaks after the last byte', async () => {
    const server = await serve({ MESSAGE: ({ socket }) => void socket.destroy() });
    expect(await submit(server)).toEqual({ kind: 'unknown' });
    expect(server.messages).toHaveLength(1);
  });

  it('does not claim to know when the server closes in good order after the last byte', async () => {
    const server = await serve({ MESSAGE: ({ socket }) => void socket.end() });
    expect(await submit(server)).toEqual({ kind: 'unknown' });
  });

  it('does not claim to know when no reply to the last byte comes in time', async () => {
    const server = await serve({ MESSAGE: () => undefined });
    expect(await submit(server, 300)).toEqual({ kind: 'unknown' });
  });

  it('does not claim to know when the reply to the last byte is no SMTP', async () => {
    const server = await serve({ MESSAGE: ({ reply }) => reply('x'.repeat(100_000)) });
    expect(await submit(server)).toEqual({ kind: 'unknown' });
  });

  it('does not read a reply without an end', async () => {
    const server = await serve({ MESSAGE: ({ socket }) => void socket.write('2'.repeat(100_000)) });
    expect(await submit(server, 600_000)).toEqual({ kind: 'unknown' });
  });

  it('knows that nothing was sent when the time is over before the mail', async () => {
    const server = await serve({ DATA: () => undefined });
    expect(await submit(server, 300)).toEqual({ kind: 'later' });
  });

  describe('before the end of the mail', () => {
    const submitAsking = (
      server: ScriptedSmtp,
      beforeEnd: () => Promise<'go' | 'stop'>,
      deadlineMs = 30_000,
    ) => submitMail(server.login, server.network, { ...mail, beforeEnd }, { deadlineMs });

    it('asks whether to send it, once the server has taken all the rest', async () => {
      const server = await serve();
      let verbs: readonly string[] = [];
      const outcome = await submitAsking(server, async () => {
        verbs = [...server.verbs];
        return 'go';
      });
      expect(outcome).toMatchObject({ kind: 'accepted' });
      expect(verbs).toEqual(['EHLO', 'AUTH', 'MAIL', 'RCPT', 'RCPT', 'DATA']);
      expect(server.messages).toEqual(['Subject: Chat\r\n\r\n..dots and\r\n...more']);
    });

    it('sends no end when told to stop, nor when asking fails', async () => {
      const server = await serve();
      expect(await submitAsking(server, async () => 'stop')).toEqual({ kind: 'overtaken' });
      const failing = () => Promise.reject(new Error('the database is out'));
      expect(await submitAsking(server, failing)).toEqual({ kind: 'later' });
      await server.closed();
      expect(server.messages).toEqual([]);
    });

    it('sends no end when the time is over before it is told to', async () => {
      const server = await serve();
      let answer: (go: 'go') => void = () => undefined;
      const asked = new Promise<'go'>((resolve) => {
        answer = resolve;
      });
      expect(await submitAsking(server, () => asked, 300)).toEqual({ kind: 'later' });
      answer('go');
      await server.closed();
      expect(server.messages).toEqual([]);
    });
  });

  it('refuses a mail above the size that the server announces, without sending it', async () => {
    const server = await serve();
    const large = { ...mail, raw: Buffer.alloc(10_001, 'x') };
    expect(await submit(server, 5_000, large)).toEqual({ kind: 'refused' });
    expect(server.verbs).not.toContain('MAIL');
  });

  it('refuses an address that would break out of its command, without sending anything', async () => {
    const server = await serve();
    const broken = { ...mail, to: ['bob@example.org>\r\nRCPT TO:<eve@example.org'] };
    expect(await submit(server, 5_000, broken)).toEqual({ kind: 'refused' });
    expect(server.verbs).not.toContain('RCPT');
  });

  it('does not wait for a server that never answers QUIT', async () => {
    const server = await serve({ QUIT: () => undefined });
    expect(await submit(server)).toMatchObject({ kind: 'accepted' });
  });
});

describe('verifySubmission', () => {
  const verify = (server: ScriptedSmtp, deadlineMs = 30_000) =>
    verifySubmission(server.login, server.network, { deadlineMs });

  it.each(['implicit', 'starttls'] as const)('proves a login over %s TLS, and sends nothing', async (tls) => {
    const server = await serve({}, tls);
    await verify(server);
    expect(server.verbs).toContain('AUTH');
    expect(server.verbs).not.toContain('MAIL');
  });

  it.each([
    ['XOAUTH2', 'PLAIN OAUTHBEARER XOAUTH2', 'user=al=,ice|auth=Bearer token||'],
    ['XOAUTH2', 'PLAIN', 'user=al=,ice|auth=Bearer token||'],
    ['OAUTHBEARER', 'PLAIN OAUTHBEARER', 'n,a=al=3D=2Cice,|auth=Bearer token||'],
  ])('logs in with a token by %s where it has %s, and asks once', async (mechanism, offered, text) => {
    const lines: string[] = [];
    const server = await serve({
      EHLO: ({ reply }) => reply(`250-mail.example.org\r\n250 AUTH ${offered}`),
      AUTH: ({ line, reply }) => {
        lines.push(line);
        reply(lines.length === 1 ? '235 2.7.0 welcome' : '334 eyJzdGF0dXMiOiI0MDAifQ==');
      },
      // What is answered to the challenge.
      '': ({ reply }) => reply('535 5.7.8 no'),
      'AQ==': ({ reply }) => reply('535 5.7.8 no'),
    });
    const { host, port, tls } = server.login;
    const login = { host, port, tls, user: 'al=,ice', accessToken: 'token' };
    const log = () => verifySubmission(login, server.network, { deadlineMs: 30_000 });
    await log();
    const [, by, sent = ''] = lines[0]?.split(' ') ?? [];
    expect(by).toBe(mechanism);
    expect(Buffer.from(sent, 'base64').toString().replaceAll('\u0001', '|')).toBe(text);
    await expect(log()).rejects.toMatchObject({ code: 'login-refused' });
    expect(lines).toHaveLength(2);
  });

  it('never logs in in cleartext', async () => {
    const server = await serve(
      { EHLO: ({ reply }) => reply('250 AUTH PLAIN'), STARTTLS: ({ reply }) => reply('454 no') },
      'starttls',
    );
    await expect(verify(server)).rejects.toMatchObject({ code: 'mail-host-unreachable' });
    expect(server.verbs).not.toContain('AUTH');
  });

  it.each([
    ['535 5.7.8 authentication failed', 'login-refused'],
    ['535 5.7.139 SmtpClientAuthentication is disabled for the Tenant', 'login-refused'],
    ['534 5.7.9 Application-specific password required', 'login-refused'],
    ['454 4.7.0 temporary authentication failure', 'mail-host-unreachable'],
    ['421 4.7.0 too many connections', 'mail-host-unreachable'],
    ['502 5.5.1 not implemented', 'mail-host-unreachable'],
  ])('takes "%s" to AUTH for %s', async (text, code) => {
    const server = await serve({ AUTH: ({ reply }) => reply(text) });
    await expect(verify(server)).rejects.toMatchObject({ code, message: expect.not.stringContaining('5.') });
  });

  it('gives up on a server that never greets', async () => {
    const server = await serve({ GREETING: () => undefined });
    await expect(verify(server, 100)).rejects.toMatchObject({
      code: 'mail-host-unreachable',
      message: expect.stringContaining('too long'),
    });
  });

  it('takes a server that turns us away for unreachable', async () => {
    const server = await serve({ GREETING: ({ reply }) => reply('554 5.7.1 go away') });
    await expect(verify(server)).rejects.toMatchObject({ code: 'mail-host-unreachable' });
  });

  it('does not connect to where the guard forbids', async () => {
    const server = await serve();
    const guard = createAddressGuard({
      allowPrivateHosts: [],
      resolve: async () => [{ address: '127.0.0.1', family: 4 }],
    });
    const attempt = (host: string, port: number) =>
      verifySubmission({ ...server.login, host, port }, { ...server.network, guard }, { deadlineMs: 30_000 });
    await expect(attempt('127.0.0.1', server.login.port)).rejects.toMatchObject({
      code: 'mail-host-forbidden',
    });
    await expect(attempt('smtp.example.org', 465)).rejects.toMatchObject({ code: 'mail-host-forbidden' });
    expect(server.verbs).toEqual([]);
  });

  it('does not trust a certificate that nobody vouches for', async () => {
    const [server, other] = [await serve(), await serve()];
    const attempt = verifySubmission(server.login, other.network, { deadlineMs: 30_000 });
    await expect(attempt).rejects.toMatchObject({
      code: 'mail-host-unreachable',
      message: expect.stringContaining('certificate'),
    });
  });
});
