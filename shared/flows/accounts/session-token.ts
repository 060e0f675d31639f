import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { limits } from '../../core/limits.ts';
import { getAccount } from '../../store/account.ts';
import type { Account, Session } from '../../store/items.ts';
import { getSession } from '../../store/session.ts';
import type { Services } from '../services.ts';

/**
 * A new session of an account with the token that opens it: `<account>.<session>.<secret>`, so that it is found by one
 * read. The token is shown once; what is stored of it is a hash.
 */
export function newSession(
  accountId: string,
  deviceName: string | undefined,
  now: number,
): { token: string; session: Session } {
  const id = randomBytes(16).toString('base64url');
  const secret = randomBytes(32).toString('base64url');
  const session: Session = {
    accountId,
    id,
    secretHash: hashOf(secret).toString('base64url'),
    deviceName,
    createdAt: now,
    expiresAt: now + limits.sessionKeptMs,
  };
  return { token: `${accountId}.${id}.${secret}`, session };
}

/** Whose token this is; undefined for one that is malformed, wrong, revoked or expired, which all look the same. */
export async function findSignedIn(
  services: Pick<Services, 'store' | 'clock'>,
  token: string,
): Promise<{ account: Account; session: Session } | undefined> {
  const match = /^([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]{43})$/.exec(token);
  const [, accountId, sessionId, secret] = match ?? [];
  if (accountId === undefined || sessionId === undefined || secret === undefined) return undefined;
  const [session, account] = await Promise.all([
    getSession(services.store, accountId, sessionId, services.clock.now()),
    getAccount(services.store, accountId),
  ]);
  if (session === undefined || account === undefined) return undefined;
  const stored = Buffer.from(session.secretHash, 'base64url');
  const given = hashOf(secret);
  if (stored.length !== given.length || !timingSafeEqual(stored, given)) return undefined;
  return { account, session };
}

function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
