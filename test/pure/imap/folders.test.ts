import { describe, expect, it } from 'vitest';
import { folderInfos } from '../../../shared/imap/folders.ts';

/** What imapflow makes of one LIST line, as far as roles depend on it. */
function listed(path: string, delimiter: string, specialUse?: string) {
  const names = path.split(delimiter);
  const name = names.at(-1) ?? path;
  return {
    ...{ path, pathAsListed: path, name, delimiter },
    ...{ parent: names.slice(0, -1), parentPath: names.slice(0, -1).join(delimiter) },
    ...{ flags: new Set<string>(), listed: true, subscribed: true },
    ...(specialUse === undefined ? {} : { specialUse }),
  };
}

describe('folderInfos', () => {
  it.each([
    { path: 'COI/Chats', delimiter: '/', role: 'chats' },
    { path: 'COI/Contacts', delimiter: '/', role: 'contacts' },
    { path: 'COI.Chats', delimiter: '.', role: 'chats' },
    { path: 'INBOX.COI.Chats', delimiter: '.', role: 'chats' },
    { path: 'INBOX/COI/Contacts', delimiter: '/', role: 'contacts' },
    { path: 'coi/CHATS', delimiter: '/', role: 'chats' },
    { path: 'Inbox', delimiter: '/', role: 'inbox' },
    { path: 'COI', delimiter: '/', role: 'other' },
    { path: 'COI.Chats', delimiter: '/', role: 'other' },
    { path: 'COI/Chats/Old', delimiter: '/', role: 'other' },
    { path: 'Archive/COI/Chats', delimiter: '/', role: 'other' },
    { path: 'Chats', delimiter: '/', role: 'other' },
  ])('takes $path with delimiter $delimiter for $role', ({ path, delimiter, role }) => {
    expect(folderInfos([listed(path, delimiter)])).toEqual([{ path, delimiter, role }]);
  });

  it.each([
    ['\\Drafts', 'drafts'],
    ['\\Sent', 'sent'],
    ['\\Trash', 'trash'],
    ['\\Junk', 'junk'],
    ['\\All', 'all'],
    ['\\Archive', 'other'],
  ])('goes by the special use %s, whatever the name', (use, role) => {
    expect(folderInfos([listed('Entwürfe', '/', use)])[0]?.role).toBe(role);
  });

  it('looks below another mailbox root where the server names one', () => {
    const roots = folderInfos([listed('Talk/Chats', '/'), listed('COI/Chats', '/')], 'Talk');
    expect(roots.map(({ role }) => role)).toEqual(['chats', 'other']);
  });

  it('looks below a root that lies deeper, or below INBOX', () => {
    const paths = ['INBOX.Talk.Mine.Chats', 'Talk.Mine.Contacts', 'Talk.Chats'].map((path) =>
      listed(path, '.'),
    );
    expect(folderInfos(paths, 'Talk.Mine').map(({ role }) => role)).toEqual(['chats', 'contacts', 'other']);
    expect(folderInfos(paths, 'INBOX.Talk.Mine').map(({ role }) => role)).toEqual([
      'chats',
      'contacts',
      'other',
    ]);
  });

  it('takes a folder that a plain LIST marks for spam for that', () => {
    const marked = { ...listed('Spam', '/'), flags: new Set(['\\HasNoChildren', '\\junk']) };
    expect(folderInfos([marked])).toEqual([{ path: 'Spam', delimiter: '/', role: 'junk' }]);
  });
});
