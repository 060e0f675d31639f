import type { LeanClient } from './lean-client.ts';

/** Whether mails are gone, or wait, flagged `\Deleted`, for whoever empties the folder next. */
export type Removal = 'expunged' | 'flagged';

/**
 * Removes mails of the open folder, and no others. Without UIDPLUS (RFC 4315) a server can only expunge everything that is
 * flagged, which would take what the user merely marked with it: then the flag is all they get.
 */
export async function removeMails(client: LeanClient, uids: readonly number[]): Promise<Removal> {
  const range = uids.join(',');
  if (client.capabilities.has('UIDPLUS')) {
    if (!(await client.messageDelete(range, { uid: true }))) throw client.fault();
    return 'expunged';
  }
  if (!(await client.messageFlagsAdd(range, ['\\Deleted'], { uid: true }))) throw client.fault();
  return 'flagged';
}

/** Moves mails of the open folder (RFC 6851), or copies them and removes what was copied. */
export async function moveMails(
  client: LeanClient,
  uids: readonly number[],
  folder: string,
): Promise<Removal> {
  const range = uids.join(',');
  const moves = client.capabilities.has('MOVE');
  const moved = moves
    ? await client.messageMove(range, folder, { uid: true })
    : await client.messageCopy(range, folder, { uid: true });
  if (!moved) throw client.fault();
  return moves ? 'expunged' : removeMails(client, uids);
}
