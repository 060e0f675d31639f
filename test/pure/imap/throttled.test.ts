import { afterEach, describe, expect, it } from 'vitest';
import { limits } from '../../../shared/core/limits.ts';
import { Throttled } from '../../../shared/imap/mail-fault.ts';
import { openMailSession } from '../../../shared/imap/mail-session.ts';
import {
  folderLines,
  type Reply,
  type Script,
  type ScriptedCommand,
  startScriptedImap,
} from '../../support/scripted-imap.ts';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

const oneMail: Reply = (command) => command.ok(...folderLines({ exists: 1, uidValidity: 7, uidNext: 12 }));

/** Logs in, looks into INBOX and waits there; gives what that ends with. */
async function endOf(script: Script): Promise<unknown> {
  const server = await startScriptedImap({ EXAMINE: oneMail, ...script });
  stops.push(() => server.stop());
  try {
    const session = await openMailSession(server.login, server.network, {
      deadlineMs: 30_000,
      commandMs: 30_000,
    });
    try {
      await session.status('INBOX');
      await session.open('INBOX', 'read');
      await session.fetchFrom(11, { limit: 5 });
      return await session.idle({ renewAfterMs: 60_000, signal: AbortSignal.timeout(30_000) });
    } finally {
      session.close();
    }
  } catch (error) {
    return error;
  }
}

/** At which the server answers like that. */
const moments = ['LOGIN', 'STATUS', 'EXAMINE', 'UID FETCH'] as const;
const answers = [
  'NO [LIMIT] Rate limit hit.',
  'NO [LIMIT] Maximum number of connections from user+IP exceeded (mail_max_userip_connections=10)',
  'NO [UNAVAILABLE] Try again',
  'NO [INUSE] Mailbox is in use',
  'NO [ALERT] Too many simultaneous connections. (Failure)',
  'NO [OVERQUOTA] Account exceeded command or bandwidth limits. (Failure)',
] as const;

describe('a server that wants to be asked less', () => {
  it.each(moments.flatMap((moment) => answers.map((answer) => [moment, answer] as const)))(
    'is heard at %s: %s',
    async (moment, answer) => {
      const end = await endOf({ [moment]: ({ tag, send }: ScriptedCommand) => send(`${tag} ${answer}`) });
      expect(end).toBeInstanceOf(Throttled);
      expect(end).toMatchObject({
        code: 'mail-host-unreachable',
        backOffMs: undefined,
        retryAfterSeconds: limits.throttledMs / 1000,
      });
    },
  );

  it.each([...moments, 'IDLE'])(
    'is heard at %s when it says how long it wants to be left alone',
    async (moment) => {
      const end = await endOf({
        [moment]: (command: ScriptedCommand) =>
          command.bad('Request is throttled. Suggested Backoff Time: 250343 milliseconds'),
      });
      expect(end).toBeInstanceOf(Throttled);
      expect(end).toMatchObject({ backOffMs: 250_343, retryAfterSeconds: 251 });
    },
  );

  it('is not left alone for longer than an hour, whatever it suggests', async () => {
    const end = await endOf({
      LOGIN: (command) =>
        command.bad('Request is throttled. Suggested Backoff Time: 999999999999 milliseconds'),
    });
    expect(end).toMatchObject({ backOffMs: limits.throttledMaxMs });
  });

  it.each([
    ['GREETING', '[UNAVAILABLE] Closing'],
    ['GREETING', '[ALERT] Too many connections'],
    ['LOGIN', '[LIMIT] Rate limit hit.'],
    ['STATUS', 'Too many simultaneous connections'],
    ['EXAMINE', '[INUSE] Another session took over'],
    ['UID FETCH', '[UNAVAILABLE] Overloaded'],
    ['IDLE', '[LIMIT] Too many connections'],
    ['IDLE', '[UNAVAILABLE] going down'],
  ])('is heard when it hangs up at %s: BYE %s', async (moment, bye) => {
    const end = await endOf({ [moment]: (command: ScriptedCommand) => command.send(`* BYE ${bye}`) });
    expect(end).toBeInstanceOf(Throttled);
  });

  it('is heard when it says goodbye in the middle of a wait', async () => {
    const end = await endOf({
      IDLE: (command) => {
        command.send('+ idling');
        command.send('* BYE [ALERT] Too many simultaneous connections');
      },
    });
    expect(end).toBeInstanceOf(Throttled);
  });
});

describe('a server that is told apart from it', () => {
  it.each([
    ['GREETING', '* BYE Autologout; idle for too long'],
    ['LOGIN', '* BYE Internal error'],
    ['STATUS', '* BYE Server shutting down.'],
    ['IDLE', '* BYE Idle timeout'],
  ])('hangs up at %s: %s', async (moment, line) => {
    const end = await endOf({ [moment]: (command: ScriptedCommand) => command.send(line) });
    expect(end).toMatchObject({ code: 'mail-host-unreachable', retryAfterSeconds: undefined });
    expect(end).not.toBeInstanceOf(Throttled);
  });

  it.each([
    ['[AUTHENTICATIONFAILED] Too many login failures, throttled', 'login-refused'],
    ['User is authenticated but not connected.', 'login-refused'],
    ['[ALERT] Application-specific password required', 'login-refused'],
    ['[SERVERBUG] Internal error', 'mail-host-unreachable'],
    ['Server busy, try again later', 'mail-host-unreachable'],
  ])('refuses the login: %s', async (text, code) => {
    const end = await endOf({ LOGIN: (command) => command.no(text) });
    expect(end).toMatchObject({ code });
    expect(end).not.toBeInstanceOf(Throttled);
  });

  it('refuses a login and says goodbye because of something else', async () => {
    const end = await endOf({
      LOGIN: ({ tag, send }) =>
        send(
          `${tag} NO [AUTHENTICATIONFAILED] Invalid credentials`,
          '* BYE [UNAVAILABLE] Too many connections',
        ),
    });
    expect(end).toMatchObject({ code: 'login-refused' });
  });

  it('keeps the mailbox closed to a good login, in words of its own', async () => {
    const end = await endOf({ STATUS: (command) => command.no('User is authenticated but not connected.') });
    expect(end).toMatchObject({ code: 'login-refused', message: expect.stringContaining('switch IMAP on') });
  });
});
