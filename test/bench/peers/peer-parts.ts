import { join } from 'node:path';
import { libraryPath, rootOf, type SystemPart } from '../../support/system-parts.ts';

/** Programs that others check mailboxes with, from Debian. Only the bench has need of them. */
export const mbsync: SystemPart = { name: 'mbsync', packages: ['isync'], files: ['usr/bin/mbsync'] };

export const fetchmail: SystemPart = {
  name: 'fetchmail',
  packages: ['fetchmail'],
  files: ['usr/bin/fetchmail'],
};

export const imapfilter: SystemPart = {
  name: 'imapfilter',
  packages: ['imapfilter'],
  files: ['usr/bin/imapfilter', 'usr/share/imapfilter/common.lua'],
  // Where the part of it is that is written in Lua.
  fixedPaths: { file: 'usr/bin/imapfilter', paths: [{ path: '/usr/share/imapfilter', link: 's' }] },
};

export const peerParts = [mbsync, fetchmail, imapfilter] as const;

/** How to run a part's program, wherever it lies. */
export type PeerProgram = { readonly path: string; readonly env: Readonly<Record<string, string>> };

/** Undefined where the part is not here. */
export function programOf(part: SystemPart): PeerProgram | undefined {
  const root = rootOf(part);
  const [file = ''] = part.files;
  if (root === undefined) return undefined;
  return { path: join(root, file), env: root === '/' ? {} : { LD_LIBRARY_PATH: libraryPath(root) } };
}
