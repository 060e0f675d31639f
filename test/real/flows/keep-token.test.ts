import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parseHeader } from '../../../shared/coi/header.ts';
import { limits } from '../../../shared/core/limits.ts';
import { forgetToken, keepTokenOf, keepTokens, tokensFor } from '../../../shared/flows/receive/keep-token.ts';
import { sendRaw } from '../../../shared/flows/send/send-raw.ts';
import type { Services } from '../../../shared/flows/services.ts';
import type { Account } from '../../../shared/store/items.ts';
import { submissionTokensKey } from '../../../shared/store/keys.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { chatMail } from '../../support/chat-mail.ts';
import { type ScriptedSmtp, type SmtpScript, startScriptedSmtp } from '../../support/scripted-smtp.ts';
import { exampleToken } from '../../support/submission-token.ts';

let host: ApiHost;
beforeAll(async () => {
  host = await startApiHost();
});
afterAll(() => host.stop());

const servers: ScriptedSmtp[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

const bob = 'bob@example.org';
const now = () => host.services.clock.now();

/** A token of Bob's server for mail of the account. */
const tokenOf = ({ email }: Account, secret: string, createdAt = now()) =>
  exampleToken({ from: email, to: bob, createdAt, secret });

const mailWith = (fields: readonly string[]) => ({
  header: parseHeader(Buffer.from(`${[`From: Bob <${bob}>`, ...fields].join('\r\n')}\r\n\r\n`)),
});

const chosen = async (account: Account) => (await tokensFor(host.services, account, [bob])).get(bob);

describe('A token in a received mail', () => {
  it('is kept for answers to its sender, sealed', async () => {
    const { account } = await host.account();
    const createdAt = now();
    const token = tokenOf(account, 'kept', createdAt);
    await keepTokenOf(host.services, account, mailWith([`X-COI-Temporary-Token: ${token}`]));
    expect(await chosen(account)).toEqual({ token, own: undefined });
    expect((await tokensFor(host.services, account, ['carol@example.org', 'BOB@example.org'])).size).toBe(1);
    const item = await host.services.store.get(submissionTokensKey(account.id, bob));
    expect(JSON.stringify(item)).not.toMatch(/kept|created|bob/);
    expect(item?.['expiresAt']).toBe(Math.floor(createdAt / 1000) + 365 * 24 * 3600);
  });

  it.each([
    ['there is none', () => []],
    ['it is none', () => ['X-COI-Temporary-Token: 2-created:1-validity:1-hash:x-secret:y']],
    [
      'it is for somebody else',
      () => [
        `X-COI-Temporary-Token: ${exampleToken({ from: 'eve@example.org', to: bob, createdAt: now() })}`,
      ],
    ],
    [
      'it is for mail of another',
      ({ email }: Account) => [
        `X-COI-Temporary-Token: ${exampleToken({ from: email, to: 'eve@example.org', createdAt: now() })}`,
      ],
    ],
    [
      'it has expired',
      ({ email }: Account) => [
        `X-COI-Temporary-Token: ${exampleToken({ from: email, to: bob, createdAt: 1_000_000 })}`,
      ],
    ],
  ])('is not kept where %s', async (_, fields) => {
    const { account } = await host.account();
    await keepTokenOf(host.services, account, mailWith(fields(account)));
    expect(await host.services.store.get(submissionTokensKey(account.id, bob))).toBeUndefined();
  });

  it('is kept beside older ones, and the newest is used until it is refused', async () => {
    const { account } = await host.account();
    const tokens = Array.from({ length: limits.tokensPerContact + 2 }, (_, index) =>
      tokenOf(account, `number${index}`, now() - index * 1000),
    );
    for (const token of tokens.toReversed()) await keepTokens(host.services, account, bob, { out: [token] });
    for (const token of tokens.slice(0, limits.tokensPerContact)) {
      expect(await chosen(account)).toMatchObject({ token });
      await forgetToken(host.services, account, bob, token);
    }
    expect(await chosen(account)).toBeUndefined();
    expect(await host.services.store.get(submissionTokensKey(account.id, bob))).toBeUndefined();
  });

  it('is of no use once it has expired', async () => {
    const { account } = await host.account();
    const token = exampleToken({ from: account.email, to: bob, createdAt: now(), validitySeconds: 3600 });
    await keepTokens(host.services, account, bob, { out: [token] });
    expect(await chosen(account)).toMatchObject({ token });
    host.pass(3_600_000);
    expect(await chosen(account)).toBeUndefined();
  });
});

describe('Sending to a server with STOKEN', () => {
  async function scene(script: SmtpScript = {}): Promise<{
    services: Services;
    account: Account;
    lines: readonly string[];
    send: () => Promise<string | undefined>;
  }> {
    const lines: string[] = [];
    const note = (verb: string) => (turn: Parameters<NonNullable<SmtpScript[string]>>[0]) => {
      lines.push(turn.line);
      (script[verb] ?? (({ reply }) => reply('250 ok')))(turn);
    };
    const smtp = await startScriptedSmtp({
      EHLO: ({ reply }) => reply('250-mail.example.org\r\n250-STOKEN\r\n250 AUTH PLAIN'),
      ...script,
      MAIL: note('MAIL'),
      RCPT: note('RCPT'),
    });
    servers.push(smtp);
    const services = { ...host.services, trust: smtp.network.trust };
    const { account } = await host.account({
      smtp: { host: '127.0.0.1', port: smtp.login.port, tls: 'implicit', user: 'alice' },
    });
    const send = async () => {
      const mail = chatMail({ from: account.email, to: bob, text: 'hi' });
      return (await sendRaw(services, account, { raw: Buffer.from(mail), to: undefined })).outgoing;
    };
    return { services, account, lines, send };
  }

  it('hands over the tokens of the contact, his and ours', async () => {
    const { services, account, lines, send } = await scene();
    const token = tokenOf(account, 'his');
    const own = exampleToken({ from: bob, to: account.email, createdAt: now(), secret: 'ours' });
    await keepTokens(services, account, bob, { out: [token], in: [own] });
    expect(await send()).toBe('sent');
    expect(lines).toEqual([
      expect.stringMatching(/^MAIL FROM:<[^>]+>.* SYNC$/),
      `RCPT TO:<${bob}> STOKEN=${token} MYSTOKEN=${own}`,
    ]);
  });

  it('is as ever without tokens', async () => {
    const { lines, send } = await scene();
    expect(await send()).toBe('sent');
    expect(lines.join()).not.toMatch(/SYNC|STOKEN/);
  });

  it('forgets a refused token, and uses the next one', async () => {
    const { services, account, lines, send } = await scene({
      RCPT: ({ line, reply }) => reply(line.includes('spent') ? '550 5.7.30 Invalid STOKEN' : '250 ok'),
    });
    const [newer, older] = [tokenOf(account, 'spent'), tokenOf(account, 'fresh', now() - 5000)];
    await keepTokens(services, account, bob, { out: [newer, older] });
    expect(await send()).toBe('sent');
    expect(await send()).toBe('sent');
    const recipients = lines.filter((line) => line.startsWith('RCPT'));
    expect(recipients).toEqual([
      `RCPT TO:<${bob}> STOKEN=${newer}`,
      `RCPT TO:<${bob}>`,
      `RCPT TO:<${bob}> STOKEN=${older}`,
    ]);
  });

  it('keeps the newer token it is given', async () => {
    const given: string[] = [];
    const { services, account, lines, send } = await scene({
      MESSAGE: ({ reply }) => reply(`250 2.1.12 <${given[0]}> Saved`),
    });
    const first = tokenOf(account, 'temporary', now() - 5000);
    given.push(tokenOf(account, 'permanent'));
    await keepTokens(services, account, bob, { out: [first] });
    expect(await send()).toBe('sent');
    expect(await send()).toBe('sent');
    expect(lines.filter((line) => line.startsWith('RCPT'))).toEqual([
      `RCPT TO:<${bob}> STOKEN=${first}`,
      `RCPT TO:<${bob}> STOKEN=${given[0]}`,
    ]);
  });
});
