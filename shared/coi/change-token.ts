import { createHash } from 'node:crypto';
import type { ChangeWindow } from './change-window.ts';

/** What a client has been told of its account so far; it hands that in to be told the rest. */
export type ChangesTold = {
  /** When it was last looked for (ms). */
  readonly at: number;
  /** The account's counts of news by then. */
  readonly news: { readonly all: number; readonly contacts: number };
  /** `accountDigest` of the account as it was. */
  readonly account: string;
  readonly conversations: ChangeWindow;
};

/** Raised when tokens are written otherwise: those from before are then refused, and their clients begin anew. */
const form = 1;
const headBytes = 57;
const entryBytes = 10;

/** A text without meaning outside, URL-safe; with as many conversations as are remembered it has 1,700 characters. */
export function writeChangeToken(accountId: string, told: ChangesTold): string {
  const { from, upTo, digest, versions } = told.conversations;
  const bytes = Buffer.alloc(headBytes + versions.size * entryBytes);
  let at = bytes.writeUInt8(form, 0);
  at += ownerOf(accountId).copy(bytes, at);
  for (const number of [told.at, told.news.all, told.news.contacts, from + 1, upTo[0] + 1, upTo[1]])
    at = bytes.writeUIntBE(number, at, 6);
  at += bytes.write(digest, at, 8, 'hex');
  at += bytes.write(told.account, at, 8, 'hex');
  for (const [hash, version] of versions) {
    at = bytes.writeUIntBE(hash, at, 6);
    at = bytes.writeUInt32BE(version, at);
  }
  return bytes.toString('base64url');
}

/** @returns undefined for what is no token of this account, or one of another version of this service */
export function readChangeToken(accountId: string, token: string): ChangesTold | undefined {
  const bytes = Buffer.from(token, 'base64url');
  if (bytes.length < headBytes || (bytes.length - headBytes) % entryBytes !== 0) return undefined;
  if (bytes.readUInt8(0) !== form || !bytes.subarray(1, 5).equals(ownerOf(accountId))) return undefined;
  const number = (index: number) => bytes.readUIntBE(5 + index * 6, 6);
  const versions = new Map<number, number>();
  for (let at = headBytes; at < bytes.length; at += entryBytes)
    versions.set(bytes.readUIntBE(at, 6), bytes.readUInt32BE(at + 6));
  return {
    at: number(0),
    news: { all: number(1), contacts: number(2) },
    account: bytes.toString('hex', 49, 57),
    conversations: {
      from: number(3) - 1,
      upTo: [number(4) - 1, number(5)],
      digest: bytes.toString('hex', 41, 49),
      versions,
    },
  };
}

/** Clients of several accounts may take one token for another's; nothing secret depends on it. */
function ownerOf(accountId: string): Buffer {
  return createHash('sha256').update(accountId).digest().subarray(0, 4);
}
