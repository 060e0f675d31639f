import { Fault } from '../core/faults.ts';
import type { FolderInfo } from './folders.ts';
import type { LeanClient } from './lean-client.ts';
import { isRefusal, responseCodeOf } from './mail-fault.ts';

/**
 * Makes a folder and subscribes to it; one that is there already stays as it is.
 *
 * @throws Fault `limit-reached` or `conflict` where the server refuses: some providers allow only so many folders, or none
 */
export async function createFolder(client: LeanClient, path: string): Promise<void> {
  try {
    await client.mailboxCreate(path);
  } catch (error) {
    const code = responseCodeOf(error);
    if (code === undefined && !isRefusal(error)) throw client.fault(error);
    if (code === 'ALREADYEXISTS') return;
    const full = code === 'LIMIT' || code === 'OVERQUOTA';
    throw new Fault(
      full ? 'limit-reached' : 'conflict',
      `The mail server refused to make the folder "${path}"${full ? ': a limit is reached' : ''}. Make it in a mail program, or ask your provider.`,
      { cause: error },
    );
  }
}

/**
 * Where a new folder belongs: below the prefix of the user's own folders, with the server's delimiter. A folder with the
 * same name in other case is the one that is meant (the COI client spec writes them both ways).
 *
 * @param prefix as NAMESPACE tells it (RFC 2342): `` or `INBOX.`, say
 * @param names one or more, the outermost first: `COI`, `Contacts`
 */
export function folderPath(folders: readonly FolderInfo[], prefix: string, names: readonly string[]): string {
  const inbox = folders.find(({ path }) => path.toUpperCase() === 'INBOX');
  const delimiter = (inbox ?? folders[0])?.delimiter ?? '/';
  let path = prefix === '' || prefix.endsWith(delimiter) ? prefix : prefix + delimiter;
  names.forEach((name, index) => {
    const wanted = path + name;
    const same = folders.find((folder) => folder.path.toLowerCase() === wanted.toLowerCase());
    path = (same?.path ?? wanted) + (index < names.length - 1 ? delimiter : '');
  });
  return path;
}
