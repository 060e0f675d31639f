import { arrayOf } from '../core/outside-data.ts';
import { hasExtension } from './capabilities.ts';
import { FolderNews, type FolderState } from './folder-news.ts';
import type { LeanClient } from './lean-client.ts';
import { isRefusal } from './mail-fault.ts';
import { encodeMailboxName, wireName } from './mailbox-name.ts';
import { rawCommand } from './raw-command.ts';
import { atom, quoted, textOf } from './tokens.ts';

/**
 * Which of these folders there are, each with its state as far as the server told it, all in one round trip and without
 * opening any: LIST with several names (RFC 5258 section 3) that returns STATUS (RFC 5819). Where a name of one was taken
 * for a pattern, or the server does not announce both extensions, or refuses: undefined.
 */
export async function folderStates(
  client: LeanClient,
  paths: readonly string[],
): Promise<ReadonlyMap<string, FolderState> | undefined> {
  const { capabilities } = client;
  if (!hasExtension(capabilities, 'LIST-EXTENDED') || !hasExtension(capabilities, 'LIST-STATUS'))
    return undefined;
  if (paths.some((path) => /[%*]/.test(path))) return undefined;
  const named = new Map(paths.map((path) => [encodeMailboxName(path), path]));
  const listed = new Map<string, FolderState>();
  const news = new FolderNews();
  news.listenFor(paths);
  const returned = [atom('STATUS'), [atom('UIDNEXT'), atom('UIDVALIDITY')]];
  try {
    await rawCommand(client, 'LIST', [quoted(''), [...named.keys()].map(quoted), atom('RETURN'), returned], {
      LIST(attributes) {
        const path = pathIn(attributes, named);
        if (path !== undefined) listed.set(path, { path, uidValidity: undefined, uidNext: undefined });
      },
      STATUS(attributes) {
        news.takeStatus(attributes);
      },
    });
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
  for (const state of news.take()) if (listed.has(state.path)) listed.set(state.path, state);
  return listed;
}

/** The folder that a LIST response is about, unless it is none that can hold mail. */
function pathIn(attributes: unknown, named: ReadonlyMap<string, string>): string | undefined {
  const [flags, , name] = arrayOf(attributes);
  const isHollow = arrayOf(flags).some((flag) => /^\\(noselect|nonexistent)$/i.test(textOf(flag) ?? ''));
  return isHollow ? undefined : named.get(wireName(textOf(name) ?? ''));
}
