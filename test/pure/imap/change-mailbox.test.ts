import { describe, expect, it } from 'vitest';
import { folderPath } from '../../../shared/imap/create-folder.ts';
import { folderLines, type Reply, type Script, type ScriptedImap } from '../../support/scripted-imap.ts';
import { scriptedSession } from '../../support/scripted-session.ts';

const twoMails: Reply = (command) => command.ok(...folderLines({ exists: 2, uidValidity: 7, uidNext: 3 }));
const plainServer: Script = {
  GREETING: (command) => command.send('* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready'),
  LOGIN: (command) => command.send(`${command.tag} OK [CAPABILITY IMAP4rev1] logged in`),
  CAPABILITY: (command) => command.ok('* CAPABILITY IMAP4rev1'),
  SELECT: twoMails,
  'UID STORE': (command) => command.ok('* 1 FETCH (UID 1 FLAGS (\\Deleted))'),
  'UID COPY': (command) => command.ok(),
};
const namesOf = (server: ScriptedImap) => server.commands.map((command) => command.split(' ')[0]);

describe('a server without UIDPLUS', () => {
  it('never gets a plain EXPUNGE: what is to be removed stays flagged', async () => {
    const [session, server] = await scriptedSession(plainServer);
    await session.open('INBOX', 'write');
    expect(await session.deleteMails([1])).toBe('flagged');
    expect(namesOf(server)).not.toContain('EXPUNGE');
  });

  it('copies what is to be moved, and flags the originals', async () => {
    const [session, server] = await scriptedSession(plainServer);
    await session.open('INBOX', 'write');
    expect(await session.moveMails([1], 'Blocked')).toBe('flagged');
    expect(server.commands.filter((command) => command.startsWith('UID'))).toEqual([
      'UID COPY 1 Blocked',
      'UID STORE 1 +FLAGS (\\Deleted)',
    ]);
  });

  it('leaves the originals alone when they cannot be copied', async () => {
    const [session, server] = await scriptedSession({
      ...plainServer,
      'UID COPY': (command) => command.no('[OVERQUOTA] full'),
    });
    await session.open('INBOX', 'write');
    await expect(session.moveMails([1], 'Blocked')).rejects.toThrow();
    expect(server.commands.some((command) => command.startsWith('UID STORE'))).toBe(false);
  });
});

describe('making a folder', () => {
  it.each([
    ['[LIMIT] Too many folders', 'limit-reached'],
    ['[OVERQUOTA] Mailbox is full', 'limit-reached'],
    ['[NOPERM] No', 'conflict'],
    ['Invalid mailbox name', 'conflict'],
  ])('tells that the server refuses with "%s"', async (text, code) => {
    const [session] = await scriptedSession({ CREATE: (command) => command.no(text) });
    const refused = await session.createFolder(['COI', 'Contacts']).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code });
    expect(String(refused)).toContain('"COI/Contacts"');
    // The connection goes on.
    await session.listNames();
  });

  it('is done when somebody else made it meanwhile', async () => {
    const [session] = await scriptedSession({
      CREATE: (command) => command.no('[ALREADYEXISTS] There it is'),
    });
    expect(await session.createFolder(['Blocked'])).toBe('Blocked');
  });

  it('tells a server that hangs up from one that refuses', async () => {
    const [session] = await scriptedSession({ CREATE: (command) => command.socket.destroy() });
    await expect(session.createFolder(['Blocked'])).rejects.toMatchObject({ code: 'mail-host-unreachable' });
  });
});

describe('the path of a new folder', () => {
  const folder = (path: string, delimiter: string) => ({ path, delimiter, role: 'other' as const });
  it.each([
    { folders: [folder('INBOX', '/')], prefix: '', path: 'COI/Contacts' },
    { folders: [folder('INBOX', '.')], prefix: 'INBOX.', path: 'INBOX.COI.Contacts' },
    { folders: [folder('INBOX', '.')], prefix: 'INBOX', path: 'INBOX.COI.Contacts' },
    {
      folders: [folder('INBOX', '.'), folder('INBOX.coi', '.')],
      prefix: 'INBOX.',
      path: 'INBOX.coi.Contacts',
    },
    { folders: [folder('Inbox', '\\')], prefix: '', path: 'COI\\Contacts' },
    { folders: [], prefix: '', path: 'COI/Contacts' },
  ])('is $path below "$prefix" of $folders', ({ folders, prefix, path }) => {
    expect(folderPath(folders, prefix, ['COI', 'Contacts'])).toBe(path);
  });
});
