import { afterEach, describe, expect, it } from 'vitest';
import { Fault } from '../../../shared/core/faults.ts';
import { submitMail, type TokenPair } from '../../../shared/smtp/submit-mail.ts';
import { type SmtpScript, type SmtpTurn, startScriptedSmtp } from '../../support/scripted-smtp.ts';

const servers: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

const [bob, carol] = ['bob@example.org', 'carol@example.org'];
const mail = { from: 'alice@example.org', to: [bob, carol], raw: Buffer.from('Subject: Chat\r\n\r\nhi\r\n') };
const pairs = (...recipients: readonly string[]) =>
  new Map<string, TokenPair>(
    recipients.map((to) => [to, { token: `1-token-of:${to}`, own: to === bob ? '1-own' : undefined }]),
  );

const announcing = '250-mail.example.org\r\n250-AUTH PLAIN\r\n250 STOKEN';
const pipelining = '250-mail.example.org\r\n250-PIPELINING\r\n250-STOKEN\r\n250 AUTH PLAIN';

/** A server that replies for each recipient when there was SYNC, as Dovecot's COI plugin does. */
async function serve(
  script: SmtpScript,
  options: { readonly ehlo?: string; readonly delivery?: (to: string) => string } = {},
) {
  const { ehlo = announcing, delivery = () => '250 2.0.0 delivered' } = options;
  const envelope: string[] = [];
  let taken: string[] = [];
  let isSync = false;
  const server = await startScriptedSmtp({
    EHLO: ({ reply }) => reply(ehlo),
    ...script,
    MAIL: (turn) => {
      envelope.push(turn.line);
      taken = [];
      isSync = turn.line.endsWith(' SYNC');
      (script['MAIL'] ?? ok)(turn);
    },
    RCPT: (turn) => {
      envelope.push(turn.line);
      const to = /<(.*)>/.exec(turn.line)?.[1] ?? '';
      const reply = (text: string) => {
        if (text.startsWith('2')) taken.push(to);
        turn.reply(text);
      };
      (script['RCPT'] ?? ok)({ ...turn, reply });
    },
    MESSAGE: (turn) => {
      if (!isSync) return turn.reply('250 2.0.0 queued');
      for (const to of taken) turn.reply(delivery(to));
    },
  });
  servers.push(server);
  return { ...server, envelope };
}

const ok = ({ reply }: SmtpTurn) => reply('250 2.0.0 ok');

const submit = (
  server: Awaited<ReturnType<typeof serve>>,
  tokens: ReadonlyMap<string, TokenPair> = pairs(bob, carol),
) =>
  submitMail(
    server.login,
    server.network,
    { ...mail, tokensFor: async () => tokens },
    { deadlineMs: 30_000 },
  );

describe('submitMail with submission tokens', () => {
  it.each([announcing, pipelining])('hands them over to a server that says STOKEN', async (ehlo) => {
    const server = await serve({}, { ehlo });
    expect(await submit(server)).toEqual({
      kind: 'accepted',
      accepted: [bob, carol],
      refused: [],
      later: [],
      tokens: { refused: new Map(), given: new Map() },
    });
    expect(server.envelope).toEqual([
      'MAIL FROM:<alice@example.org> SYNC',
      `RCPT TO:<${bob}> STOKEN=1-token-of:${bob} MYSTOKEN=1-own`,
      `RCPT TO:<${carol}> STOKEN=1-token-of:${carol}`,
    ]);
    expect(server.messages).toEqual(['Subject: Chat\r\n\r\nhi']);
  });

  it('names none for recipients without, and no SYNC where nobody has one', async () => {
    const some = await serve({});
    expect(await submit(some, pairs(carol))).toMatchObject({ kind: 'accepted', refused: [] });
    expect(some.envelope.map((line) => line.split(' STOKEN=').length)).toEqual([1, 1, 2]);
    const nobody = await serve({});
    expect(await submit(nobody, new Map())).toEqual({
      kind: 'accepted',
      accepted: mail.to,
      refused: [],
      later: [],
    });
    expect(nobody.envelope).toEqual([
      'MAIL FROM:<alice@example.org>',
      `RCPT TO:<${bob}>`,
      `RCPT TO:<${carol}>`,
    ]);
  });

  it('changes nothing for a server without STOKEN, and asks for no token', async () => {
    const server = await serve({}, { ehlo: '250-mail.example.org\r\n250-XSTOKEN STOKEN\r\n250 AUTH PLAIN' });
    const tokensFor = () => Promise.reject(new Error('nobody may ask'));
    const outcome = await submitMail(
      server.login,
      server.network,
      { ...mail, tokensFor },
      { deadlineMs: 30_000 },
    );
    expect(outcome).toEqual({ kind: 'accepted', accepted: mail.to, refused: [], later: [] });
    expect(server.envelope).toEqual([
      'MAIL FROM:<alice@example.org>',
      `RCPT TO:<${bob}>`,
      `RCPT TO:<${carol}>`,
    ]);
  });

  it.each(['RCPT', 'delivery'] as const)('hears of a newer token in the reply to %s', async (where) => {
    const line = (to: string) =>
      to === bob ? '250 2.1.12 <1-newer-token> Saved chat message' : '250 2.0.0 ok';
    const atRcpt: SmtpScript = { RCPT: (turn) => turn.reply(line(turn.line.includes(bob) ? bob : carol)) };
    const server = await (where === 'RCPT' ? serve(atRcpt) : serve({}, { delivery: line }));
    expect(await submit(server)).toMatchObject({
      kind: 'accepted',
      accepted: [bob, carol],
      tokens: { given: new Map([[bob, '1-newer-token']]) },
    });
  });

  it.each([
    [announcing, '501 5.5.4 Invalid STOKEN: it is expired'],
    [pipelining, '501 5.5.4 Invalid STOKEN: it is expired'],
    [announcing, '550 5.7.30 Invalid STOKEN: not found'],
  ])('sends without it when a token is refused at RCPT', async (ehlo, refusal) => {
    const isRefused = (line: string) => line.includes(bob) && line.includes('STOKEN');
    const server = await serve(
      { RCPT: ({ line, reply }) => reply(isRefused(line) ? refusal : '250 ok') },
      { ehlo },
    );
    expect(await submit(server)).toEqual({
      kind: 'accepted',
      accepted: [carol, bob],
      refused: [],
      later: [],
      tokens: { refused: new Map([[bob, { token: `1-token-of:${bob}`, own: '1-own' }]]), given: new Map() },
    });
    expect(server.messages).toHaveLength(2);
    expect(server.envelope.slice(3)).toEqual(['MAIL FROM:<alice@example.org>', `RCPT TO:<${bob}>`]);
  });

  it('sends without tokens to those who did not get the mail because of theirs', async () => {
    const refusal = '550 5.7.30 Invalid STOKEN: Permanent token not found from contacts';
    const one = await serve({}, { delivery: (to) => (to === carol ? refusal : '250 2.0.0 ok') });
    const outcome = await submit(one);
    expect(outcome).toMatchObject({ kind: 'accepted', accepted: [bob, carol], refused: [] });
    expect([...(outcome.tokens?.refused.keys() ?? [])]).toEqual([carol]);
    const all = await serve({}, { delivery: () => refusal });
    expect(await submit(all)).toMatchObject({ kind: 'accepted', accepted: [bob, carol], refused: [] });
    expect(all.envelope.slice(3)).toEqual([
      'MAIL FROM:<alice@example.org>',
      `RCPT TO:<${bob}>`,
      `RCPT TO:<${carol}>`,
    ]);
  });

  it('sends without tokens when the server does not know SYNC after all', async () => {
    const isSync = (line: string) => line.endsWith(' SYNC');
    for (const refusal of ['501 5.5.4 Unexpected parameter', '555 5.5.4 Unsupported option: SYNC']) {
      const server = await serve({ MAIL: ({ line, reply }) => reply(isSync(line) ? refusal : '250 ok') });
      expect(await submit(server)).toMatchObject({ kind: 'accepted', accepted: [bob, carol] });
      expect(server.messages).toHaveLength(1);
    }
  });

  it('does not send again what was refused for its own sake, or may have been sent', async () => {
    const spam = await serve({}, { delivery: () => '554 5.7.1 spam' });
    expect(await submit(spam)).toMatchObject({ kind: 'refused', code: 554 });
    expect(spam.messages).toHaveLength(1);
    const unknownUser = await serve({ RCPT: ({ reply }) => reply('550 5.1.1 no such user') });
    expect(await submit(unknownUser)).toMatchObject({ kind: 'refused', code: 550 });
    expect(unknownUser.envelope).toHaveLength(3);
    const full = await serve({}, { delivery: () => '452 4.2.2 full' });
    expect(await submit(full)).toMatchObject({ kind: 'later', code: 452 });
    expect(full.messages).toHaveLength(1);
  });

  it('says that some got it when the second try fails', async () => {
    let connections = 0;
    const greet = ({ reply, socket }: SmtpTurn) => {
      connections += 1;
      if (connections > 1) socket.destroy();
      else reply('220 mail.example.org');
    };
    const delivery = (to: string) => (to === bob ? '550 5.7.30 Invalid STOKEN' : '250 2.0.0 ok');
    const server = await serve({ GREETING: greet }, { delivery });
    expect(await submit(server)).toMatchObject({ kind: 'accepted', accepted: [carol], later: [bob] });
  });

  it('does not send at all when the tokens cannot be read', async () => {
    const server = await serve({});
    const broken = new Fault('internal', 'no store');
    const attempt = submitMail(
      server.login,
      server.network,
      { ...mail, tokensFor: () => Promise.reject(broken) },
      { deadlineMs: 30_000 },
    );
    await expect(attempt).rejects.toBe(broken);
    expect(server.envelope).toEqual([]);
  });
});

describe('submitMail with 8-bit characters', () => {
  const eightBit = { ...mail, raw: Buffer.from('Subject: Chat\r\n\r\nGr\xfc\xdfe\r\n', 'latin1') };

  it('says so to a server that takes them, and sends nothing to another', async () => {
    const able = await serve({}, { ehlo: '250-mail.example.org\r\n250-8BITMIME\r\n250 AUTH PLAIN' });
    expect(await submitMail(able.login, able.network, eightBit, { deadlineMs: 30_000 })).toMatchObject({
      kind: 'accepted',
    });
    expect(able.envelope[0]).toBe('MAIL FROM:<alice@example.org> BODY=8BITMIME');
    expect(able.messages).toEqual(['Subject: Chat\r\n\r\nGr\xfc\xdfe']);
    const unable = await serve({});
    expect(await submitMail(unable.login, unable.network, eightBit, { deadlineMs: 30_000 })).toEqual({
      kind: 'refused',
    });
    expect(unable.envelope).toEqual([]);
  });
});
