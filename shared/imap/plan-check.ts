/** How far a folder was dealt with, or how far it reaches now: UIDs below `uidNext`, under one UIDVALIDITY. */
export type FolderReach = { readonly uidValidity: number; readonly uidNext: number };

/** What a check of a folder has to do. */
export type CheckPlan =
  | { readonly kind: 'baseline' }
  | { readonly kind: 'reset' }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'fetch'; readonly fromUid: number };

/**
 * Compares what was dealt with to what is there. A folder seen for the first time gives a baseline. Another UIDVALIDITY
 * (RFC 9051 section 2.3.1.1), or a UIDNEXT that fell under the same one (GMX, chatmail/core#2188), voids the cursor.
 */
export function planCheck(cursor: FolderReach | undefined, { uidValidity, uidNext }: FolderReach): CheckPlan {
  if (cursor === undefined) return { kind: 'baseline' };
  if (cursor.uidValidity !== uidValidity || uidNext < cursor.uidNext) return { kind: 'reset' };
  return uidNext === cursor.uidNext ? { kind: 'nothing' } : { kind: 'fetch', fromUid: cursor.uidNext };
}

/**
 * Like `planCheck`, for servers that tell no UIDNEXT (Winmail, 163.com): from the highest UID there is. That one falls
 * whenever the last mail is deleted, which voids nothing.
 */
export function planFromHighest(
  cursor: FolderReach | undefined,
  current: { readonly uidValidity: number; readonly highestUid: number },
): CheckPlan {
  if (cursor === undefined) return { kind: 'baseline' };
  if (cursor.uidValidity !== current.uidValidity) return { kind: 'reset' };
  return current.highestUid < cursor.uidNext
    ? { kind: 'nothing' }
    : { kind: 'fetch', fromUid: cursor.uidNext };
}
