import { afterEach, describe, expect, it } from 'vitest';
import { Fault } from '../../../shared/core/faults.ts';
import { limits } from '../../../shared/core/limits.ts';
import { type MailSession, openMailSession } from '../../../shared/imap/mail-session.ts';
import {
  folderLines,
  mailRow,
  type Reply,
  rewritingHost,
  type Script,
  type ScriptedImap,
  startScriptedImap,
  strictHost,
} from '../../support/scripted-imap.ts';

const servers: ScriptedImap[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

async function serve(script: Script, tls: 'implicit' | 'starttls' = 'implicit'): Promise<ScriptedImap> {
  const server = await startScriptedImap(script, tls);
  servers.push(server);
  return server;
}

async function connect(script: Script, commandMs = 30_000): Promise<[MailSession, ScriptedImap]> {
  const server = await serve(script);
  return [await openMailSession(server.login, server.network, { deadlineMs: 30_000, commandMs }), server];
}

/** The fault an attempt ends with, when it is the right one. */
async function faultOf(attempt: Promise<unknown>): Promise<Fault> {
  const error = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof Fault) return error;
  throw new Error('expected a fault', { cause: error });
}

const threeMails: Reply = (command) => command.ok(...folderLines({ exists: 3, uidValidity: 7, uidNext: 13 }));
const greetWith =
  (capabilities: string): Reply =>
  (command) =>
    command.send(`* OK [CAPABILITY ${capabilities}] ready`);
const never = new AbortController().signal;

describe('logging in', () => {
  it.each([
    ['[AUTHENTICATIONFAILED] Invalid credentials', 'login-refused'],
    ['Authentication failed, please try again', 'login-refused'],
    ['[ALERT] Application-specific password required', 'login-refused'],
    ['[ALERT] Too many simultaneous connections. (Failure)', 'mail-host-unreachable'],
    ['[UNAVAILABLE] Temporary authentication failure', 'mail-host-unreachable'],
    ['[LIMIT] LOGIN Rate limit hit.', 'mail-host-unreachable'],
    ['[INUSE] Mailbox is in use', 'mail-host-unreachable'],
    ['Server busy, try again later', 'mail-host-unreachable'],
  ])('takes "NO %s" for %s', async (text, code) => {
    const server = await serve({ LOGIN: (command) => command.no(text) });
    const fault = await faultOf(openMailSession(server.login, server.network, { deadlineMs: 30_000 }));
    expect(fault.code).toBe(code);
    expect(fault.message).not.toContain('secret');
  });

  it('takes a mailbox that is closed to a good login for a refusal, and says what to do', async () => {
    const [session] = await connect({
      STATUS: (command) => command.bad('User is authenticated but not connected.'),
    });
    const fault = await faultOf(session.status('INBOX'));
    expect(fault.code).toBe('login-refused');
    expect(fault.message).toContain('IMAP');
  });

  it('does not wait out a throttle, and does not repeat the command into it', async () => {
    const throttled = 'Request is throttled. Suggested Backoff Time: 250343 milliseconds';
    const [session, server] = await connect({
      EXAMINE: threeMails,
      'UID FETCH': (command) => command.bad(throttled),
    });
    await session.open('INBOX', 'read');
    const fault = await faultOf(session.fetchFrom(11, { limit: 5 }));
    expect(fault.code).toBe('mail-host-unreachable');
    expect(server.commands.filter((command) => command.startsWith('UID FETCH'))).toHaveLength(1);
  });

  it('takes a server that hangs up instead of greeting for unreachable', async () => {
    const server = await serve({ GREETING: (command) => command.send('* BYE [ALERT] Too many connections') });
    const fault = await faultOf(openMailSession(server.login, server.network, { deadlineMs: 30_000 }));
    expect(fault.code).toBe('mail-host-unreachable');
  });

  it('gives up on a server that never greets', async () => {
    const server = await serve({ GREETING: () => undefined });
    const fault = await faultOf(openMailSession(server.login, server.network, { deadlineMs: 100 }));
    expect(fault).toMatchObject({ code: 'mail-host-unreachable' });
    expect(fault.message).toContain('too long');
  });

  it('sends no LOGIN where the server forbids it', async () => {
    const server = await serve({
      GREETING: (command) =>
        command.send('* OK [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=PLAIN SASL-IR] ready'),
      AUTHENTICATE: (command) => command.no('[AUTHENTICATIONFAILED] no'),
    });
    await faultOf(openMailSession(server.login, server.network, { deadlineMs: 30_000 }));
    expect(server.commands.some((command) => command.startsWith('LOGIN'))).toBe(false);
    expect(server.commands.some((command) => command.startsWith('AUTHENTICATE PLAIN'))).toBe(true);
  });

  it.each([
    ['does not offer STARTTLS', { GREETING: greetWith('IMAP4rev1 AUTH=PLAIN') }],
    [
      'refuses STARTTLS',
      { GREETING: greetWith('IMAP4rev1 STARTTLS AUTH=PLAIN'), STARTTLS: (command) => command.bad('no') },
    ],
    ['claims that we are logged in already', { GREETING: (command) => command.send('* PREAUTH welcome') }],
  ] satisfies [string, Script][])('sends no password in cleartext to a server that %s', async (_, script) => {
    const server = await serve(script, 'starttls');
    const fault = await faultOf(openMailSession(server.login, server.network, { deadlineMs: 30_000 }));
    expect(fault.code).toBe('mail-host-unreachable');
    expect(server.commands.join()).not.toContain('secret');
    expect(server.commands.join()).not.toContain('AUTHENTICATE');
  });

  it('tells a host that insists who it is, and nobody else', async () => {
    const server = await serve({
      GREETING: greetWith('IMAP4rev1 ID IDLE'),
      LOGIN: (command) => command.send(`${command.tag} OK [CAPABILITY IMAP4rev1 ID IDLE] in`),
      ID: (command) => command.ok('* ID NIL'),
    });
    const idsSent = async (host: string) => {
      const sentBefore = server.commands.length;
      await openMailSession({ ...server.login, host }, server.network, { deadlineMs: 30_000 });
      return server.commands.slice(sentBefore).filter((command) => command.startsWith('ID '));
    };
    expect(await idsSent(strictHost)).toContainEqual(expect.stringContaining('"coi-push"'));
    expect(await idsSent('127.0.0.1')).toEqual([]);
  });

  it('needs two commands for a brief check', async () => {
    const [session, server] = await connect({});
    await session.status('INBOX');
    session.close();
    expect(server.commands).toEqual([
      'GREETING',
      'LOGIN "alice" "secret"',
      'STATUS INBOX (UIDNEXT UIDVALIDITY MESSAGES)',
    ]);
  });
});

describe('looking into a folder', () => {
  it('opens a folder with one command', async () => {
    const [session, server] = await connect({ EXAMINE: threeMails });
    expect(await session.open('INBOX', 'read')).toMatchObject({ uidValidity: 7, uidNext: 13, messages: 3 });
    expect(server.commands.slice(2)).toEqual(['EXAMINE INBOX']);
  });

  it('leaves out a mail below the asked UID, which `n:*` names when nothing is new', async () => {
    const [session] = await connect({
      EXAMINE: threeMails,
      'UID FETCH': (command) => command.ok(mailRow({ seq: 3, uid: 12 })),
    });
    await session.open('INBOX', 'read');
    expect(await session.fetchFrom(13, { limit: 5 })).toEqual([]);
  });

  it('gives the lowest UIDs by rising UID, whatever the order of the rows', async () => {
    const [session] = await connect({
      EXAMINE: threeMails,
      'UID FETCH': (command) =>
        command.ok(...[17, 15, 11, 16, 12, 14, 13].map((uid, index) => mailRow({ seq: index + 1, uid }))),
    });
    await session.open('INBOX', 'read');
    const mails = await session.fetchFrom(11, { limit: 3 });
    expect(mails.map(({ uid }) => uid)).toEqual([11, 12, 13]);
  });

  it('does not take a flag change told in passing for a mail', async () => {
    const [session] = await connect({
      EXAMINE: threeMails,
      'UID FETCH': (command) => command.ok('* 1 FETCH (UID 11 FLAGS (\\Seen))', mailRow({ seq: 2, uid: 12 })),
    });
    await session.open('INBOX', 'read');
    expect((await session.fetchFrom(11, { limit: 5 })).map(({ uid }) => uid)).toEqual([12]);
  });

  it('finds nothing where a mail was announced and is gone', async () => {
    const [session] = await connect({ EXAMINE: threeMails });
    await session.open('INBOX', 'read');
    expect(await session.fetchFrom(12, { limit: 5 })).toEqual([]);
    expect(await session.fetchOne(12)).toBeUndefined();
    expect(await session.readPart(12, '1', 100)).toBeUndefined();
    expect(await session.stream(12)).toBeUndefined();
  });

  it('keeps a body within the limit, and leaves out one that is a byte longer', async () => {
    const text = (bytes: number) => 'x'.repeat(bytes);
    const [session] = await connect({
      EXAMINE: threeMails,
      'UID FETCH': (command) =>
        command.ok(
          mailRow({ seq: 1, uid: 11, text: text(limits.pushBodyBytes) }),
          mailRow({ seq: 2, uid: 12, text: text(limits.pushBodyBytes + 1) }),
        ),
    });
    await session.open('INBOX', 'read');
    const mails = await session.fetchFrom(11, { limit: 5 });
    expect(mails.map(({ body }) => body?.length)).toEqual([limits.pushBodyBytes, undefined]);
  });

  it('tells that UIDNEXT is missing, and looks up the highest UID', async () => {
    const [session] = await connect({
      EXAMINE: (command) => command.ok(...folderLines({ exists: 3, uidValidity: 7 })),
      STATUS: (command) => command.ok('* STATUS INBOX (MESSAGES 3 UIDVALIDITY 7)'),
      FETCH: (command) => command.ok('* 3 FETCH (UID 12)'),
    });
    expect(await session.status('INBOX')).toEqual({ uidValidity: 7, uidNext: undefined, messages: 3 });
    expect((await session.open('INBOX', 'read')).uidNext).toBeUndefined();
    expect(await session.highestUid()).toBe(12);
  });

  it('tells a folder that is gone from a server that is', async () => {
    const [session] = await connect({
      EXAMINE: (command) => command.no('Mailbox does not exist'),
      STATUS: (command) => command.no('Mailbox does not exist'),
      LIST: (command) => command.ok(),
    });
    expect((await faultOf(session.open('COI/Chats', 'read'))).code).toBe('not-found');
    expect((await faultOf(session.status('COI/Chats'))).code).toBe('not-found');
  });

  it('does not take a refused search for an empty folder', async () => {
    const [session] = await connect({
      EXAMINE: threeMails,
      'UID SEARCH': (command) => command.bad('I do not search'),
    });
    await session.open('INBOX', 'read');
    expect((await faultOf(session.searchMessageId('<a@example.org>'))).code).toBe('mail-host-unreachable');
  });
});

describe('a provider that does things its own way', () => {
  const keeping: Reply = (command) =>
    command.ok(
      ...folderLines({ exists: 1, uidValidity: 7, uidNext: 12 }),
      '* OK [PERMANENTFLAGS (\\Seen \\*)] ok',
    );
  const at = async (host: string) => {
    const server = await serve({
      SELECT: keeping,
      ID: (command) => command.ok('* ID NIL'),
      'UID SEARCH': (command) => command.ok('* SEARCH 11'),
    });
    const session = await openMailSession({ ...server.login, host }, server.network, { deadlineMs: 30_000 });
    return { session, server, opened: await session.open('INBOX', 'write') };
  };
  const searchesOf = ({ commands }: ScriptedImap) =>
    commands.filter((command) => command.startsWith('UID SEARCH'));

  it('is asked for a mail by the id that it was sent with too, where ids are replaced', async () => {
    const { session, server } = await at(rewritingHost);
    expect(await session.searchMessageId('<a@x.test>')).toEqual([11]);
    const [search = ''] = searchesOf(server);
    expect(search).toMatch(
      / OR HEADER "?message-id"? "?<a@x.test>"? HEADER "?x-microsoft-original-message-id"? /i,
    );
    const elsewhere = await at('127.0.0.1');
    await elsewhere.session.searchMessageId('<a@x.test>');
    expect(searchesOf(elsewhere.server).join()).not.toContain('OR');
  });

  it('is trusted with no keywords where they get lost, whatever it says', async () => {
    expect((await at('127.0.0.1')).opened.acceptsKeywords).toBe(true);
    expect((await at(rewritingHost)).opened.acceptsKeywords).toBe(false);
  });
});

describe('finding where spam is', () => {
  const names: Reply = (command) =>
    command.ok('* LIST () "." INBOX', '* LIST () "." INBOX.Unbekannt', '* LIST () "." Unbekannt.Alt');

  it('asks nothing where a plain LIST marked the folder', async () => {
    const [session, server] = await connect({
      LIST: (command) => command.ok('* LIST () "/" INBOX', '* LIST (\\Junk) "/" "Werbung"'),
    });
    await session.listNames();
    const sent = server.commands.length;
    expect(await session.spamFolders([])).toEqual(['Werbung']);
    expect(server.commands).toHaveLength(sent);
  });

  it('asks for the special uses where it did not', async () => {
    const [session] = await connect({
      GREETING: greetWith('IMAP4rev1 SPECIAL-USE LIST-EXTENDED'),
      LOGIN: (command) =>
        command.send(`${command.tag} OK [CAPABILITY IMAP4rev1 SPECIAL-USE LIST-EXTENDED] in`),
      LIST: (command) =>
        command.ok(
          '* LIST () "/" INBOX',
          command.args.includes('SPECIAL-USE') ? '* LIST (\\Junk) "/" Werbung' : '* LIST () "/" Werbung',
        ),
    });
    await session.listNames();
    expect(await session.spamFolders([])).toEqual(['Werbung']);
  });

  it('finds folders by the names that a provider gives them, also below INBOX', async () => {
    const [session] = await connect({ LIST: names });
    expect(await session.spamFolders(['unbekannt'])).toEqual(['INBOX.Unbekannt']);
    expect(await session.spamFolders([])).toEqual([]);
  });
});

describe('a server that misbehaves', () => {
  it('loses the connection over a literal above the limit, before it is read', async () => {
    const [session] = await connect({
      EXAMINE: threeMails,
      'UID FETCH': (command) => command.send(`* 1 FETCH (UID 11 BODY[TEXT] {${limits.imapLiteralBytes + 1}}`),
    });
    await session.open('INBOX', 'read');
    const fault = await faultOf(session.fetchFrom(11, { limit: 5 }));
    expect(fault.code).toBe('mail-host-unreachable');
    expect(fault.message).not.toContain('too long');
    expect((await faultOf(session.status('INBOX'))).code).toBe('mail-host-unreachable');
  });

  it('loses the connection when it leaves a command unanswered', async () => {
    const [session, server] = await connect({ STATUS: () => undefined }, 100);
    const closed = server
      .next('STATUS')
      .then(({ socket }) => new Promise((resolve) => socket.once('close', resolve)));
    expect((await faultOf(session.status('INBOX'))).message).toContain('too long');
    await closed;
  });

  it('loses the connection when it sends line after line and never an answer', async () => {
    const chatter: Reply = ({ socket, send }) => {
      const timer = setInterval(() => send('* OK still here'), 10);
      socket.once('close', () => clearInterval(timer));
    };
    const [session] = await connect({ STATUS: chatter }, 100);
    expect((await faultOf(session.status('INBOX'))).code).toBe('mail-host-unreachable');
  });
});

describe('waiting', () => {
  it('ends when mail is announced', async () => {
    const [session] = await connect({
      EXAMINE: threeMails,
      IDLE: (command) => command.send('+ idling', '* 4 EXISTS'),
    });
    await session.open('INBOX', 'read');
    expect(await session.idle({ renewAfterMs: 60_000, signal: never })).toBe('activity');
  });

  it('does not begin when mail was announced during the last fetch', async () => {
    const [session, server] = await connect({
      EXAMINE: threeMails,
      'UID FETCH': (command) => command.ok(mailRow({ seq: 3, uid: 12 }), '* 4 EXISTS'),
    });
    await session.open('INBOX', 'read');
    await session.fetchFrom(12, { limit: 5 });
    expect(await session.idle({ renewAfterMs: 60_000, signal: never })).toBe('activity');
    expect(server.commands).not.toContain('IDLE');
  });

  it('ends after the renewal time, with proof that the server still answers', async () => {
    const [session, server] = await connect({ EXAMINE: threeMails });
    await session.open('INBOX', 'read');
    expect(await session.idle({ renewAfterMs: 20, signal: never })).toBe('renew');
    expect(server.commands.slice(-3)).toEqual(['IDLE', 'DONE', 'NOOP']);
  });

  it('tells of mail that the server announces only when the wait is over', async () => {
    const [session] = await connect({ EXAMINE: threeMails, NOOP: (command) => command.ok('* 4 EXISTS') });
    await session.open('INBOX', 'read');
    expect(await session.idle({ renewAfterMs: 20, signal: never })).toBe('activity');
  });

  it('ends when it is told to stop', async () => {
    const [session, server] = await connect({ EXAMINE: threeMails });
    await session.open('INBOX', 'read');
    const stop = new AbortController();
    void server.next('IDLE').then(() => stop.abort());
    expect(await session.idle({ renewAfterMs: 60_000, signal: stop.signal })).toBe('stopped');
  });

  it('fails when the server says BYE', async () => {
    const [session] = await connect({
      EXAMINE: threeMails,
      IDLE: (command) => command.send('+ idling', '* BYE Session expired'),
    });
    await session.open('INBOX', 'read');
    const fault = await faultOf(session.idle({ renewAfterMs: 60_000, signal: never }));
    expect(fault.code).toBe('mail-host-unreachable');
  });

  it('fails when the connection breaks', async () => {
    const [session] = await connect({
      EXAMINE: threeMails,
      IDLE: ({ socket }) => socket.destroy(),
    });
    await session.open('INBOX', 'read');
    const fault = await faultOf(session.idle({ renewAfterMs: 60_000, signal: never }));
    expect(fault.code).toBe('mail-host-unreachable');
  });

  it('fails when the connection breaks where the server has no IDLE', async () => {
    const [session] = await connect({
      EXAMINE: threeMails,
      IDLE(command) {
        command.no('not today');
        setImmediate(() => command.socket.destroy());
      },
    });
    await session.open('INBOX', 'read');
    const fault = await faultOf(session.idle({ renewAfterMs: 60_000, signal: never }));
    expect(fault.code).toBe('mail-host-unreachable');
  });

  it('fails at the renewal when the other end went away without a word', async () => {
    const silent: Reply = () => undefined;
    const [session] = await connect({ EXAMINE: threeMails, DONE: silent, NOOP: silent }, 100);
    await session.open('INBOX', 'read');
    const fault = await faultOf(session.idle({ renewAfterMs: 20, signal: never }));
    expect(fault.code).toBe('mail-host-unreachable');
  });

  it('fails on a connection that is closed already', async () => {
    const [session] = await connect({ EXAMINE: threeMails });
    await session.open('INBOX', 'read');
    session.close();
    const fault = await faultOf(session.idle({ renewAfterMs: 60_000, signal: never }));
    expect(fault.code).toBe('mail-host-unreachable');
  });

  it('does not ask again and again for an IDLE that ends at once', async () => {
    const [session, server] = await connect({
      EXAMINE: threeMails,
      IDLE: (command) => command.send('+ idling', `${command.tag} OK done already`),
    });
    await session.open('INBOX', 'read');
    const fault = await faultOf(session.idle({ renewAfterMs: 60_000, signal: never }));
    expect(fault.code).toBe('mail-host-unreachable');
    expect(server.commands.filter((command) => command === 'IDLE')).toHaveLength(2);
  });

  it('goes on without IDLE where the server refuses it', async () => {
    const [session] = await connect({
      EXAMINE: threeMails,
      IDLE: (command) => command.no('not today'),
    });
    await session.open('INBOX', 'read');
    expect(await session.idle({ renewAfterMs: 20, signal: never })).toBe('renew');
  });
});
