import { createHash } from 'node:crypto';
import type { PendingWork } from './items.ts';

export type Key = { readonly pk: string; readonly sk: string };

/** Sort key beginnings of what lies in an account's own collection (`A#account`). */
export const accountPrefixes = { session: 'S#', conversation: 'C#', subscription: 'P#' } as const;
/** Sort key beginnings of what lies in a watch partition (`P#partition`). */
export const partitionPrefixes = { watch: 'M#', pendingWork: 'W#' } as const;

export const accountKey = (accountId: string): Key => ({ pk: accountPk(accountId), sk: 'ACCOUNT' });
export const addressBookKey = (accountId: string): Key => ({ pk: accountPk(accountId), sk: 'BOOK' });
/** A count of one window of time; what is counted is only there as a hash. */
export const countKey = (name: string, of: string, window: number): Key => ({
  pk: `N#${plain(name)}#${sha256(of)}`,
  sk: String(window),
});
export const inviteKey = (code: string): Key => ({ pk: `I#${sha256(code)}`, sk: 'INVITE' });
/** Somebody on the way to a provider and back, and what waits for the app after that; each named by a secret. */
export const oauthFlowKey = (state: string): Key => ({ pk: `O#${sha256(state)}`, sk: 'FLOW' });
export const oauthHandoverKey = (code: string): Key => ({ pk: `O#${sha256(code)}`, sk: 'HANDOVER' });
export const accountTotalKey: Key = { pk: 'TOTAL', sk: 'ACCOUNTS' };
export const emailKey = (email: string): Key => ({ pk: `E#${sha256(email)}`, sk: 'EMAIL' });

export const sessionKey = (accountId: string, id: string): Key => ({
  pk: accountPk(accountId),
  sk: accountPrefixes.session + plain(id),
});

export const conversationKey = (accountId: string, id: string): Key => ({
  pk: accountPk(accountId),
  sk: accountPrefixes.conversation + plain(id),
});

export const subscriptionKey = (accountId: string, id: string): Key => ({
  pk: accountPk(accountId),
  sk: accountPrefixes.subscription + plain(id),
});

export const outgoingKey = (accountId: string, messageId: string): Key => ({
  pk: accountPk(accountId),
  sk: `X#${sha256(messageId)}`,
});

/** Piece by piece in order; the name is a hash. */
export const mailPieceKey = (accountId: string, name: string, piece: number): Key => ({
  pk: accountPk(accountId),
  sk: `${mailPiecesOf(name)}${piece.toString().padStart(3, '0')}`,
});

export const mailPiecesOf = (name: string): string => `B#${plain(name)}#`;

export const submissionTokensKey = (accountId: string, address: string): Key => ({
  pk: accountPk(accountId),
  sk: `T#${sha256(address)}`,
});

export const idempotencyKey = (accountId: string, key: string): Key => ({
  pk: accountPk(accountId),
  sk: `I#${sha256(key)}`,
});

export const earlyReportKey = (accountId: string, target: string, messageKey: string): Key => ({
  pk: accountPk(accountId),
  sk: earlyReportsPrefix(target) + messageKey,
});
export const earlyReportsPrefix = (target: string): string => `R#${sha256(target)}#`;

export const messageKeyOf = (accountId: string, conversationId: string, key: string): Key => ({
  pk: conversationPk(accountId, conversationId),
  sk: key,
});

export const watchKey = (partition: number, accountId: string): Key => ({
  pk: partitionPk(partition),
  sk: partitionPrefixes.watch + plain(accountId),
});

/** Beside the watches of its partition, so that the tick reads it with them. */
export const leaseKey = (partition: number): Key => ({ pk: partitionPk(partition), sk: leaseSk });
export const leaseSk = 'LEASE';

/** Apart from what lies in a partition: it is asked for at a sign-in, and not each minute. */
export const sharedKeyKey = (partition: number): Key => ({ pk: 'KEYS', sk: String(partition) });

/** What the ticks of a minute note for the one that looks after the workers. */
export const loadsKey = (index: number): Key => ({ pk: loadsPk, sk: String(index) });
export const loadsPk = 'LOADS';

export const workerKey = (id: string): Key => ({ pk: workerPk, sk: plain(id) });
/** All workers lie together: there are few, and the tick reads all of them. */
export const workerPk = 'WORKERS';
/** Apart from the workers: each process asks for it, and must not read all of them for that. */
export const workerCountKey: Key = { pk: 'COUNT', sk: 'WORKERS' };

/** All hosts in trouble lie together: there are few, and whoever connects reads all of them. */
export const hostCircuitKey = (host: string): Key => ({ pk: hostCircuitPk, sk: host });
export const hostCircuitPk = 'HOSTS';

/** Ids of sends are Message-IDs, which may hold anything, so ids are hashed. */
export const pendingWorkKey = (
  partition: number,
  accountId: string,
  work: Pick<PendingWork, 'kind' | 'id'>,
): Key => ({
  pk: partitionPk(partition),
  sk: `${pendingWorkOfAccount(accountId)}${work.kind}#${sha256(work.id)}`,
});

export const pendingWorkOfAccount = (accountId: string): string =>
  `${partitionPrefixes.pendingWork}${plain(accountId)}#`;

export const accountPk = (accountId: string): string => `A#${plain(accountId)}`;
export const conversationPk = (accountId: string, conversationId: string): string =>
  `C#${plain(accountId)}#${plain(conversationId)}`;
export const partitionPk = (partition: number): string => `P#${partition}`;

export const sessionIdOf = (sk: string): string => afterPrefix(sk, accountPrefixes.session);
export const conversationIdOf = (sk: string): string => afterPrefix(sk, accountPrefixes.conversation);
export const subscriptionIdOf = (sk: string): string => afterPrefix(sk, accountPrefixes.subscription);
export const isPendingWorkKey = (sk: string): boolean => sk.startsWith(partitionPrefixes.pendingWork);
export const watchedAccountOf = (sk: string): string => afterPrefix(sk, partitionPrefixes.watch);

/**
 * The watch partition of an account: always the same, and spread evenly. Uses other bytes of the hash than the phase of
 * the poll does, else all accounts of a partition would be due in the same minute.
 */
export function partitionOf(accountId: string, partitions: number): number {
  return createHash('sha256').update(accountId).digest().readUInt32BE(8) % partitions;
}

const packedKeyBytes = 12;
const keyPattern = /^([0-9a-z]{9})#([A-Za-z0-9_-]{8})$/;

/**
 * Message keys in 12 bytes each (6 of time, 6 of hash) in place of 18 characters and an element's overhead: with these a
 * conversation of a usual group stays below 1 KB, and so its write at one unit.
 */
export function packMessageKeys(keys: readonly string[]): Uint8Array {
  const packed = Buffer.alloc(keys.length * packedKeyBytes);
  keys.forEach((key, index) => {
    const [, time = '', hash = ''] = keyPattern.exec(key) ?? [];
    const at = Number.parseInt(time, 36);
    if (!(at < 2 ** 48)) throw new Error('a message key of unknown form');
    packed.writeUIntBE(at, index * packedKeyBytes, 6);
    packed.write(hash, index * packedKeyBytes + 6, 6, 'base64url');
  });
  return packed;
}

export function unpackMessageKeys(bytes: Uint8Array): string[] {
  const packed = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: Math.floor(packed.length / packedKeyBytes) }, (_, index) => {
    const start = index * packedKeyBytes;
    const time = packed.readUIntBE(start, 6).toString(36).padStart(9, '0');
    return `${time}#${packed.toString('base64url', start + 6, start + packedKeyBytes)}`;
  });
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

/** Our own ids never hold the separator; one that does would reach into another account's keys. */
function plain(id: string): string {
  if (id === '' || id.includes('#')) throw new Error('an id that cannot be part of a key');
  return id;
}

function afterPrefix(sk: string, prefix: string): string {
  if (!sk.startsWith(prefix)) throw new Error('a key of another kind of item');
  return sk.slice(prefix.length);
}
