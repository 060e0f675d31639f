import { describe, expect, it } from 'vitest';
import { limits } from '../../../shared/core/limits.ts';
import type { Reply } from '../../support/scripted-imap.ts';
import { scriptedSession } from '../../support/scripted-session.ts';

const config = '/private/vendor/vendor.dovecot/coi/config';
const answer =
  (...lines: readonly string[]): Reply =>
  (command) =>
    command.ok(...lines);

async function valuesIn(...lines: readonly string[]): Promise<Record<string, string> | string> {
  const [session] = await scriptedSession({ GETMETADATA: answer(...lines) });
  const result = await session.getMetadata(['/private/a']);
  return result.kind === 'found' ? Object.fromEntries(result.entries) : result.kind;
}

describe('reading annotations', () => {
  it('asks as Dovecot takes it, options first', async () => {
    const [session, server] = await scriptedSession({ GETMETADATA: answer() });
    await session.getMetadata([config], { depth: '1' });
    await session.getMetadata(['/private/a', '/shared/b'], { depth: 'infinity', maxBytes: 1024 });
    await session.getMetadata(['/private/devicetoken'], { mailbox: 'INBOX' });
    expect(server.commands.filter((command) => command.startsWith('GETMETADATA'))).toEqual([
      `GETMETADATA (DEPTH 1) "" (${config})`,
      'GETMETADATA (DEPTH infinity MAXSIZE 1024) "" (/private/a /shared/b)',
      'GETMETADATA "INBOX" (/private/devicetoken)',
    ]);
  });

  it('reads the example of the COI server spec, literals over several lines', async () => {
    const [session] = await scriptedSession({
      GETMETADATA: answer(
        `* METADATA "" (${config}/enabled {3}\r\nyes ${config}/mailbox-root {3}\r\nCOI ${config}/message-filter {6}\r\nactive)`,
      ),
    });
    const result = await session.getMetadata([config], { depth: '1' });
    expect(result.kind === 'found' && Object.fromEntries(result.entries)).toEqual({
      [`${config}/enabled`]: 'yes',
      [`${config}/mailbox-root`]: 'COI',
      [`${config}/message-filter`]: 'active',
    });
  });

  it.each([
    ['quoted strings', ['* METADATA "" (/private/a "a \\"b\\" \\\\c")'], { '/private/a': 'a "b" \\c' }],
    ['atoms', ['* METADATA "" (/private/a yes)'], { '/private/a': 'yes' }],
    ['numbers', ['* METADATA "" (/private/a 17)'], { '/private/a': '17' }],
    [
      'empty values',
      ['* METADATA "" (/private/a "" /private/b {0}\r\n)'],
      { '/private/a': '', '/private/b': '' },
    ],
    ['UTF-8', ['* METADATA "" (/private/a {7}\r\nGrüße)'], { '/private/a': 'Grüße' }],
    ['NIL as nothing', ['* METADATA "" (/private/a NIL /private/b "NIL")'], { '/private/b': 'NIL' }],
    [
      'several answers',
      ['* METADATA "" (/private/a x)', '* METADATA "" (/private/b y)'],
      { '/private/a': 'x', '/private/b': 'y' },
    ],
    ['nothing', [], {}],
    ['an empty list', ['* METADATA "" ()'], {}],
    ['what is told in passing, without values', ['* METADATA "" /private/a /private/b'], {}],
    ['what belongs to a folder', ['* METADATA "INBOX" (/private/a x)'], {}],
    [
      'a value that is missing, or a list',
      ['* METADATA "" (/private/a (x y) /private/b z /private/c)'],
      { '/private/b': 'z' },
    ],
    ['no arguments', ['* METADATA', '* METADATA ""'], {}],
  ])('understands %s', async (_, lines, values) => {
    expect(await valuesIn(...lines)).toEqual(values);
  });

  it('breaks off with a server that sends without end', async () => {
    const value = 'x'.repeat(limits.metadataBytes / 4);
    const [session] = await scriptedSession({
      GETMETADATA: (command) => {
        for (let index = 0; index < 10; index++) command.send(`* METADATA "" (/private/a "${value}")`);
        command.ok();
      },
    });
    await expect(session.getMetadata(['/private/a'])).rejects.toMatchObject({
      code: 'mail-host-unreachable',
    });
    const entries = Array.from({ length: limits.metadataEntries + 1 }, (_, index) => `/private/${index} x`);
    const [many] = await scriptedSession({ GETMETADATA: answer(`* METADATA "" (${entries.join(' ')})`) });
    await expect(many.getMetadata(['/private/a'])).rejects.toMatchObject({ code: 'mail-host-unreachable' });
  });

  it('ends a running IDLE first', async () => {
    const [session, server] = await scriptedSession({ GETMETADATA: answer('* METADATA "" (/private/a x)') });
    await session.open('INBOX', 'read');
    const abort = new AbortController();
    const idling = server.next('IDLE');
    const idle = session.idle({ renewAfterMs: 30_000, signal: abort.signal });
    await idling;
    abort.abort();
    await idle;
    expect(await session.getMetadata(['/private/a'])).toMatchObject({ kind: 'found' });
    expect(server.commands.slice(-3)).toEqual(['IDLE', 'DONE', 'GETMETADATA "" (/private/a)']);
  });
});

describe('setting annotations', () => {
  it.each([
    ['yes', '(/private/a "yes")'],
    ['', '(/private/a "")'],
    ['a "b" \\', '(/private/a "a \\"b\\" \\\\")'],
    [undefined, '(/private/a NIL)'],
    ['NIL', '(/private/a "NIL")'],
    ['Grüße', `(/private/a {7}\r\n${latin1('Grüße')})`],
    ['{"a":1}\r\nx LOGOUT\r\n', '(/private/a {19}\r\n{"a":1}\r\nx LOGOUT\r\n)'],
  ])('sends %j so that it stays one value', async (value, sent) => {
    const [session, server] = await scriptedSession({ SETMETADATA: answer() });
    expect(await session.setMetadata('/private/a', value)).toEqual({ kind: 'done' });
    await session.status('INBOX');
    expect(server.commands.slice(-2, -1)).toEqual([`SETMETADATA "" ${sent}`]);
  });

  it('asks no server to take what no IMAP string can carry', async () => {
    const [session, server] = await scriptedSession({});
    expect(await session.setMetadata('/private/a', 'a\0b')).toMatchObject({ kind: 'cannot' });
    expect(server.commands.some((command) => command.startsWith('SETMETADATA'))).toBe(false);
  });

  it.each([
    '',
    'private/a',
    '/private',
    '/other/a',
    '/private/a\r\nx LOGOUT',
    '/private/a b',
    '/private/*',
    '/private/%',
    '/private//a',
    '/private/a/',
    '/private/ü',
    `/private/${'a'.repeat(1000)}`,
  ])('never puts %.40j on the wire as a name', async (name) => {
    const [session, server] = await scriptedSession({});
    const before = server.commands.length;
    await expect(session.setMetadata(name, 'x')).rejects.toThrow();
    await expect(session.getMetadata([name])).rejects.toThrow();
    expect(server.commands).toHaveLength(before);
  });
});

describe('a server that refuses', () => {
  it.each([
    ['NO [CANNOT] invalid value', 'cannot'],
    ['NO [METADATA MAXSIZE 1024] too much', 'too-large'],
    ['NO [METADATA TOOMANY] enough', 'too-many'],
    ['NO [LIMIT] Too many subscriptions, delete old ones first', 'too-many'],
    ['NO [OVERQUOTA] full', 'too-many'],
    ['NO [METADATA NOPRIVATE] shared only', 'no-private'],
    ['NO [UNAVAILABLE] Failed to start endpoint validation', 'unavailable'],
    ['NO [METADATA WHATEVER] else', 'refused'],
    ['NO Not today', 'refused'],
    ['BAD Unknown command', 'unsupported'],
  ])('with %s has said: %s', async (said, kind) => {
    const refuse: Reply = (command) => command.send(`${command.tag} ${said}`);
    const [session] = await scriptedSession({ GETMETADATA: refuse, SETMETADATA: refuse });
    const text = said.replace(/^\S+ (?:\[[^\]]*\] )?/, '');
    expect(await session.setMetadata('/private/a', 'x')).toEqual({ kind, text });
    expect(await session.getMetadata(['/private/a'])).toEqual({ kind, text });
    expect((await session.status('INBOX')).uidNext).toBe(1);
  });

  it('before a literal was sent leaves the connection in order', async () => {
    const [session] = await scriptedSession({
      LITERAL: (command) => command.no('[METADATA MAXSIZE 10] too much'),
    });
    expect(await session.setMetadata('/private/a', 'Grüße')).toMatchObject({ kind: 'too-large' });
    expect((await session.status('INBOX')).uidNext).toBe(1);
  });

  it('by going away has refused nothing', async () => {
    const [session] = await scriptedSession({ GETMETADATA: (command) => command.socket.destroy() });
    await expect(session.getMetadata(['/private/a'])).rejects.toMatchObject({
      code: 'mail-host-unreachable',
    });
  });
});

/** The bytes of a text in UTF-8, one character each: what the scripted server notes. */
function latin1(text: string): string {
  return Buffer.from(text).toString('latin1');
}
