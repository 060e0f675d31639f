import { hasExtension } from './capabilities.ts';
import { movingAt, takeTo } from './file-mails.ts';
import type { LeanClient } from './lean-client.ts';

/** Whether mails are gone, or wait, flagged `\Deleted`, for whoever empties the folder next. */
export type Removal = 'expunged' | 'flagged';

/**
 * Removes mails of the open folder, and no others. Without UIDPLUS (RFC 4315) a server can only expunge everything that is
 * flagged, which would take what the user merely marked with it: then the flag is all they get.
 */
export async function removeMails(client: LeanClient, uids: readonly number[]): Promise<Removal> {
  const range = uids.join(',');
  if (hasExtension(client.capabilities, 'UIDPLUS')) {
    if (!(await client.messageDelete(range, { uid: true }))) throw client.fault();
    return 'expunged';
  }
  if (!(await client.messageFlagsAdd(range, ['\\Deleted'], { uid: true }))) throw client.fault();
  return 'flagged';
}

/** Moves mails of the open folder, or copies them and removes what was copied. */
export async function moveMails(
  client: LeanClient,
  uids: readonly number[],
  folder: string,
): Promise<Removal> {
  const how = movingAt(client) === 'move' ? 'move' : 'copy';
  await takeTo(client, how, uids, folder);
  return how === 'move' ? 'expunged' : removeMails(client, uids);
}
