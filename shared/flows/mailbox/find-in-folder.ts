import type { MailSession } from '../../imap/mail-session.ts';
import type { Message } from '../../store/items.ts';

/**
 * The UIDs of a message in the open folder, which is the one it was last seen in. Where the folder was numbered anew, the
 * Message-ID still finds the mail; none when it is gone.
 */
export async function findInFolder(
  session: MailSession,
  uidValidity: number,
  { place, messageId }: Pick<Message, 'place' | 'messageId'>,
): Promise<readonly number[]> {
  return place?.uidValidity === uidValidity ? [place.uid] : session.searchMessageId(messageId);
}
