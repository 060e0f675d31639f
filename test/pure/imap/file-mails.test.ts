import { describe, expect, it } from 'vitest';
import type { MailSession } from '../../../shared/imap/mail-session.ts';
import { folderLines, type Reply, type Script, type ScriptedImap } from '../../support/scripted-imap.ts';
import { scriptedSession } from '../../support/scripted-session.ts';

async function connect(
  words: string,
  script: Script = {},
  protocol = 'IMAP4rev1',
): Promise<[MailSession, ScriptedImap]> {
  const [session, server] = await scriptedSession({
    LOGIN: (command) => command.send(`${command.tag} OK [CAPABILITY ${protocol} ${words}] in`),
    SELECT: (command) => command.ok(...folderLines({ exists: 3, uidValidity: 7, uidNext: 4 })),
    ...script,
  });
  await session.open('INBOX', 'write');
  return [session, server];
}

describe('moving mails', () => {
  it.each([
    ['MOVE UIDPLUS', 'move'],
    ['MOVE', 'move'],
    ['UIDPLUS', 'copy'],
    ['IDLE', 'never'],
  ])('is done with %s by: %s', async (words, how) => {
    const [session] = await connect(words);
    expect(session.moving).toBe(how);
  });

  it.each([
    ['of IMAP4rev2 alone, which has it built in', 'IMAP4rev2', 'move'],
    ['that speaks the old protocol too, and does not say that it can', 'IMAP4rev1 IMAP4rev2', 'never'],
  ])('at a server %s', async (_, protocol, how) => {
    const [session, server] = await connect('ID', { 'UID MOVE': (command) => command.ok() }, protocol);
    expect(session.moving).toBe(how);
    await session.moveMails([2], 'COI/Chats').catch(() => undefined);
    const words = server.commands.map((command) => command.split(' ').slice(0, 2).join(' '));
    expect(words.includes('UID MOVE')).toBe(how === 'move');
    expect(words.filter((command) => /EXPUNGE/.test(command))).toEqual([]);
  });

  const told = 'OK [COPYUID 9 1:2,5 11,13:14] done';
  it.each<[string, string, Reply]>([
    ['move', 'in the tagged answer', (command) => command.send(`${command.tag} ${told}`)],
    ['move', 'before the answer', (command) => command.send(`* ${told}`, `${command.tag} OK moved`)],
    ['copy', 'in the tagged answer', (command) => command.send(`${command.tag} ${told}`)],
  ])('by %s knows the new places that are told %s', async (how, _, reply) => {
    const [session, server] = await connect('MOVE UIDPLUS', { 'UID MOVE': reply, 'UID COPY': reply });
    const places = await session.takeTo(how === 'move' ? 'move' : 'copy', [1, 2, 5], 'COI/Chats');
    expect(places.uidValidity).toBe(9);
    expect([...places.uids]).toEqual([
      [1, 11],
      [2, 13],
      [5, 14],
    ]);
    expect(server.commands.at(-1)).toBe(`UID ${how.toUpperCase()} 1,2,5 COI/Chats`);
  });

  it.each([
    ['nothing', 'OK moved'],
    ['sets of different size', 'OK [COPYUID 9 1:2 11] moved'],
    ['no numbers', 'OK [COPYUID 9 1:x 11:12] moved'],
  ])('guesses no place where the server tells %s', async (_, answer) => {
    const [session] = await connect('MOVE', {
      'UID MOVE': (command) => command.send(`${command.tag} ${answer}`),
    });
    expect((await session.takeTo('move', [1, 2], 'COI/Chats')).uids.size).toBe(0);
  });

  it('tells a folder that is gone from a server that will not', async () => {
    const [session] = await connect('MOVE', {
      'UID MOVE': (command) => command.no(`[${/Gone/.test(command.args) ? 'TRYCREATE' : 'OVERQUOTA'}] no`),
    });
    await expect(session.takeTo('move', [1], 'Gone')).rejects.toMatchObject({ code: 'not-found' });
    await expect(session.takeTo('move', [1], 'Full')).rejects.toMatchObject({
      code: 'mail-host-unreachable',
    });
    expect((await session.status('INBOX')).uidNext).toBe(1);
  });
});

describe('looking for chats', () => {
  const marks =
    'OR OR HEADER CHAT-VERSION "" HEADER REFERENCES chat$ ' +
    'OR HEADER MESSAGE-ID chat$ OR HEADER REFERENCES coi$ HEADER MESSAGE-ID coi$';

  it('asks for all the rules at once, within the UIDs that are not looked through yet', async () => {
    const [session, server] = await connect('MOVE', {
      'UID SEARCH': (command) => command.ok('* SEARCH 7 3'),
    });
    expect(await session.searchChats({ from: 3, before: 9 }, { kind: 'any' })).toEqual([3, 7]);
    expect(wordsOf(server)).toEqual(wordsIn(`UID 3:8 ${marks}`));
  });

  it('asks for what was read and for own mail, each within the rules', async () => {
    const [session, server] = await connect('MOVE', { 'UID SEARCH': (command) => command.ok('* SEARCH') });
    const own = ['a@example.org', 'b@example.org'];
    expect(await session.searchChats({ from: 3, before: 4 }, { kind: 'read', own })).toEqual([]);
    const sent = server.commands.at(-1) ?? '';
    expect(sent).toMatch(/^UID SEARCH UID 3:3 OR /);
    const groups = [...sent.matchAll(/\((SEEN|FROM \S+) ([^()]*)\)/g)].map(([, first]) => first);
    expect(groups).toEqual(['SEEN', 'FROM a@example.org', 'FROM b@example.org']);
  });

  it('takes a search that is refused for no answer', async () => {
    const [session] = await connect('MOVE', { 'UID SEARCH': (command) => command.no('not now') });
    await expect(session.searchChats({ from: 1, before: 2 }, { kind: 'any' })).rejects.toThrow();
  });

  /** The words, whatever order the pairs of OR are nested in. */
  function wordsOf(server: ScriptedImap): string[] {
    return wordsIn((server.commands.at(-1) ?? '').replace('UID SEARCH ', ''));
  }

  function wordsIn(text: string): string[] {
    return text.split(' ').sort();
  }
});
