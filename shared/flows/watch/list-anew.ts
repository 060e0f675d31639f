import type { AccountCheck, WatchedFolder } from './account-check.ts';
import { watchedFolders } from './open-check.ts';

/** Looks up which folders there are now. The one that is waited in stays the last, while it is there. */
export async function listAnew(check: AccountCheck): Promise<void> {
  const waiting = check.folders.at(-1);
  const listed = await watchedFolders(check.session);
  check.folders = waiting === undefined ? listed : lastOf(listed, waiting);
}

/** The folders with the chosen one, where it is among them, at the end: the last one that is checked stays open. */
export function lastOf(folders: readonly WatchedFolder[], chosen: WatchedFolder): WatchedFolder[] {
  const isChosen = (folder: WatchedFolder) => folder.path === chosen.path;
  return [...folders.filter((folder) => !isChosen(folder)), ...folders.filter(isChosen)];
}
