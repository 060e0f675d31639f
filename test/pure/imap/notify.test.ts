import { describe, expect, it } from 'vitest';
import type { MailSession } from '../../../shared/imap/mail-session.ts';
import { encodeMailboxName } from '../../../shared/imap/mailbox-name.ts';
import { folderLines, type Reply, type Script, type ScriptedImap } from '../../support/scripted-imap.ts';
import { scriptedSession } from '../../support/scripted-session.ts';

const never = new AbortController().signal;
const chats = 'COI/Chats';
const chatsAt = (uidNext: number) => `* STATUS ${chats} (MESSAGES 1 UIDNEXT ${uidNext} UIDVALIDITY 9)`;
const proven: Reply = (command) => command.ok(chatsAt(1));
const noFlags = { withFlags: false };

const script: Script = {
  LIST: (command) => command.ok('* LIST () "/" INBOX', `* LIST () "/" ${chats}`),
  EXAMINE: (command) => command.ok(...folderLines({ exists: 0, uidValidity: 7, uidNext: 1 })),
  NOTIFY: proven,
};

/** A session with INBOX open, at a server with one folder besides. */
async function connect(replies: Script = {}): Promise<[MailSession, ScriptedImap]> {
  const [session, server] = await scriptedSession({ ...script, ...replies });
  await session.listNames();
  await session.open('INBOX', 'read');
  return [session, server];
}

const wait = (session: MailSession) => session.idle({ renewAfterMs: 60_000, signal: never });
const notifiesOf = ({ commands }: ScriptedImap) => commands.filter((each) => each.startsWith('NOTIFY'));

describe('asking to be told of folders that are not open', () => {
  it('asks for the open folder too, which IDLE would else be silent about, and for what may still be made', async () => {
    const [session, server] = await connect();
    expect(await session.notify(['INBOX', chats], noFlags)).toBe('listening');
    expect(notifiesOf(server)).toEqual([
      'NOTIFY SET STATUS (selected-delayed (MessageNew MessageExpunge)) ' +
        '(mailboxes ("INBOX" "COI/Chats" "COI/Contacts") (MessageNew MessageExpunge))',
    ]);
    expect(session.listensFor).toEqual(['INBOX', chats]);
  });

  it('asks for flags of the open folder where they count', async () => {
    const [session, server] = await connect();
    await session.notify(['INBOX', chats], { withFlags: true });
    expect(notifiesOf(server)[0]).toContain('(selected-delayed (MessageNew MessageExpunge FlagChange))');
  });

  it('names folders below INBOX where all others are', async () => {
    const [session, server] = await connect({
      LIST: (command) => command.ok('* LIST () "." INBOX', '* LIST () "." INBOX.Sent'),
    });
    await session.notify(['INBOX'], noFlags);
    expect(notifiesOf(server)[0]).toContain('("INBOX" "INBOX.COI.Chats" "INBOX.COI.Contacts")');
  });

  it('names both where INBOX is the only folder', async () => {
    const [session, server] = await connect({ LIST: (command) => command.ok('* LIST () "/" INBOX') });
    await session.notify(['INBOX'], noFlags);
    expect(notifiesOf(server)[0]).toContain(
      '("INBOX" "COI/Chats" "INBOX/COI/Chats" "COI/Contacts" "INBOX/COI/Contacts")',
    );
  });

  it('gives what was told along with the answer as news', async () => {
    const [session] = await connect({ NOTIFY: (command) => command.ok(chatsAt(5)) });
    await session.notify(['INBOX', chats], noFlags);
    expect(await wait(session)).toBe('activity');
    expect(session.takeNews()).toEqual([{ path: chats, uidNext: 5, uidValidity: 9 }]);
    expect(session.takeNews()).toEqual([]);
  });

  it.each([
    ['tells nothing at once', (command) => command.ok()],
    ['tells of another folder', (command) => command.ok('* STATUS Sent (MESSAGES 1 UIDNEXT 2)')],
    ['tells of a folder in another case', (command) => command.ok('* STATUS coi/chats (UIDNEXT 2)')],
    ['tells no state', (command) => command.ok(`* STATUS ${chats}`)],
    [
      'tells garbage',
      (command) =>
        command.ok('* STATUS', '* STATUS ((', '* STATUS NIL NIL', '* STATUS "\\', '* STATUS () ()'),
    ],
  ] satisfies [string, Reply][])('does not believe a server that says OK and %s', async (_, reply) => {
    const [session] = await connect({ NOTIFY: reply });
    expect(await session.notify(['INBOX', chats], noFlags)).toBe('unproven');
    expect(session.listensFor).toBeUndefined();
  });

  it.each([
    ['BAD', (command) => command.bad('no such command')],
    ['NO', (command) => command.no('[BADEVENT (MessageNew MessageExpunge)] not here')],
    ['an overflow', (command) => command.no('[NOTIFICATIONOVERFLOW] too many')],
  ] satisfies [string, Reply][])('goes on by IDLE after %s, without another word', async (_, reply) => {
    const [session, server] = await connect({
      NOTIFY: reply,
      IDLE: (command) => command.send('+ idling', chatsAt(2), '* 1 EXISTS'),
    });
    expect(await session.notify(['INBOX', chats], noFlags)).toBe('refused');
    expect(await wait(session)).toBe('activity');
    expect(session.takeNews().map(({ path }) => path)).toEqual(['INBOX']);
    expect(server.commands.slice(-2)).toEqual([expect.stringMatching(/^NOTIFY SET STATUS/), 'IDLE']);
  });
});

describe('hearing of folders that are not open', () => {
  it.each([
    ['in full', chatsAt(4), { uidNext: 4, uidValidity: 9 }],
    [
      'with a quoted name and without UIDVALIDITY',
      `* STATUS "${chats}" (MESSAGES 3 UIDNEXT 4 UNSEEN 3)`,
      { uidNext: 4, uidValidity: undefined },
    ],
    [
      'as a literal',
      `* STATUS {9}\r\n${chats} (messages 3 uidnext 4)`,
      { uidNext: 4, uidValidity: undefined },
    ],
    ['without UIDNEXT', `* STATUS ${chats} (MESSAGES 3)`, { uidNext: undefined, uidValidity: undefined }],
    [
      'with numbers that are none',
      `* STATUS ${chats} (UIDNEXT 4294967296 UIDVALIDITY 1e3)`,
      { uidNext: undefined, uidValidity: undefined },
    ],
    [
      'with UIDNEXT 0 and half an item',
      `* STATUS ${chats} (UIDNEXT 0 UIDVALIDITY)`,
      { uidNext: undefined, uidValidity: undefined },
    ],
  ])('ends the wait with a state that is told %s', async (_, line, state) => {
    const [session] = await connect({ IDLE: (command) => command.send('+ idling', line) });
    await session.notify(['INBOX', chats], noFlags);
    session.takeNews();
    expect(await wait(session)).toBe('activity');
    expect(session.takeNews()).toEqual([{ path: chats, ...state }]);
  });

  it('is not woken by what it did not ask for, nor by garbage', async () => {
    const [session, server] = await connect({
      IDLE: (command) =>
        command.send(
          '+ idling',
          '* STATUS Sent (UIDNEXT 4)',
          '* STATUS',
          '* STATUS ()',
          '* STATUS NIL (UIDNEXT 4)',
          `* STATUS ${chats} UIDNEXT 4`,
          '* LIST () "/" COI/Chats',
          chatsAt(8),
        ),
    });
    await session.notify(['INBOX', chats], noFlags);
    session.takeNews();
    expect(await wait(session)).toBe('activity');
    expect(session.takeNews()).toEqual([{ path: chats, uidNext: 8, uidValidity: 9 }]);
    expect(server.commands.at(-1)).toBe('IDLE');
  });

  it('names both folders when mail is announced in the open one and another', async () => {
    const [session] = await connect({
      IDLE: (command) => command.send('+ idling', '* 1 EXISTS', chatsAt(2)),
      NOOP: (command) => command.ok(),
    });
    await session.notify(['INBOX', chats], noFlags);
    session.takeNews();
    await wait(session);
    // The second line may come in after the wait is over.
    await session.listNames();
    expect(session.takeNews().map(({ path }) => path)).toEqual(['INBOX', chats]);
  });

  it('forgets what was told of a folder when that is opened, and nothing else', async () => {
    const [session] = await connect({ NOTIFY: (command) => command.ok('* 1 EXISTS', chatsAt(5)) });
    await session.notify(['INBOX', chats], noFlags);
    await session.open(chats, 'read');
    expect(session.takeNews().map(({ path }) => path)).toEqual(['INBOX']);
  });

  it('ends the wait when the server gives up telling, and can go on with the open folder alone', async () => {
    const overflow = '* OK [NOTIFICATIONOVERFLOW] too much';
    let waits = 0;
    const [session, server] = await connect({
      NOTIFY: (command) => (command.args.includes('STATUS') ? proven(command) : command.ok()),
      IDLE: (command) => command.send('+ idling', waits++ === 0 ? overflow : '* 1 EXISTS'),
    });
    await session.notify(['INBOX', chats], noFlags);
    session.takeNews();
    expect(await wait(session)).toBe('overflow');
    await session.notifyOfOpenFolder(noFlags);
    expect(session.listensFor).toBeUndefined();
    expect(await wait(session)).toBe('activity');
    expect(notifiesOf(server).at(-1)).toBe('NOTIFY SET (selected-delayed (MessageNew MessageExpunge))');
  });

  it('ends the connection where a server goes on telling: nobody knows what its IDLE would say', async () => {
    const [session] = await connect({
      NOTIFY: (command) => (command.args.includes('STATUS') ? proven(command) : command.no('never')),
    });
    await session.notify(['INBOX', chats], noFlags);
    session.takeNews();
    await expect(session.notifyOfOpenFolder(noFlags)).rejects.toMatchObject({
      code: 'mail-host-unreachable',
    });
    await expect(wait(session)).rejects.toMatchObject({ code: 'mail-host-unreachable' });
  });
});

describe('names of folders on the wire', () => {
  it.each([
    ['COI/Chats', 'COI/Chats'],
    ['Entwürfe & mehr', 'Entw&APw-rfe &- mehr'],
    // The examples of RFC 3501 section 5.1.3.
    ['~peter/mail/台北/日本語', '~peter/mail/&U,BTFw-/&ZeVnLIqe-'],
    ['☺!', '&Jjo-!'],
    ['a\r\nb\0', 'a&AA0ACg-b&AAA-'],
  ])('are those of modified UTF-7: %j', (path, name) => {
    expect(encodeMailboxName(path)).toBe(name);
  });
});
