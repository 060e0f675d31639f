import type { FolderStatus } from '../../imap/mail-session.ts';
import { type CheckPlan, planCheck, planFromHighest } from '../../imap/plan-check.ts';
import type { FolderCursor } from '../../store/items.ts';
import type { AccountCheck } from './account-check.ts';

/** How far the folder that is open reaches now, and what there is to do with it by its cursor. */
export async function compareFolder(
  { session, cursors }: AccountCheck,
  path: string,
  { uidValidity, uidNext }: FolderStatus,
): Promise<{ readonly current: FolderCursor; readonly plan: CheckPlan }> {
  const cursor = cursors.get(path);
  if (uidNext !== undefined) {
    const current = { uidValidity, uidNext };
    return { current, plan: planCheck(cursor, current) };
  }
  const highestUid = await session.highestUid();
  return {
    current: { uidValidity, uidNext: highestUid + 1 },
    plan: planFromHighest(cursor, { uidValidity, highestUid }),
  };
}
