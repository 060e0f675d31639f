import { createHash } from 'node:crypto';
import { limits } from '../core/limits.ts';
import { normaliseAddress } from './addresses.ts';

/** A submission token: one address may hand chat mail for another straight to that one's server until it expires. */
export type SubmissionToken = {
  /** As it was given; servers compare it to the letter, with what they put into it besides. */
  readonly text: string;
  /** Ms since the epoch. */
  readonly createdAt: number;
  readonly expiresAt: number;
  /** SHA3-256 of the two addresses it is for: standard base64 without `=`. */
  readonly hash: string;
};

/**
 * Reads a token: `1-created:UNIX-validity:SECONDS-hash:BASE64-secret:BASE64`, fields in any order and unknown ones kept
 * (draft-slusarz-extra-smtp-submission-token-00 section 5.2, and Dovecot's COI plugin). Undefined for another version, for
 * a missing or wrong field, and for what could not stand in an SMTP command.
 */
export function parseSubmissionToken(text: string): SubmissionToken | undefined {
  if (text.length > limits.submissionTokenBytes || !/^[!-<>-~]+$/.test(text)) return undefined;
  const [version, ...parts] = text.split('-');
  if (version !== '1') return undefined;
  const fields = new Map<string, string>();
  for (const part of parts) {
    const [, name = '', value = ''] = /^([^:]*):?(.*)$/.exec(part) ?? [];
    // Two of one: whoever checks it may look at the other.
    if (fields.has(name)) return undefined;
    fields.set(name, value);
  }
  const createdAt = secondsIn(fields.get('created'));
  const validityMs = secondsIn(fields.get('validity'));
  const hash = fields.get('hash') ?? '';
  if (createdAt === undefined || validityMs === undefined) return undefined;
  // Dovecot takes no algorithm by its name, not even its own, so such a token would be refused.
  if (fields.has('hash_algo')) return undefined;
  if (hash === '' || (fields.get('secret') ?? '') === '') return undefined;
  return { text, createdAt, expiresAt: createdAt + validityMs, hash };
}

/** Positive whole seconds as ms; what a date cannot hold is none. */
function secondsIn(value: string | undefined): number | undefined {
  return /^[1-9]\d{0,11}$/.test(value ?? '') ? Number(value) * 1000 : undefined;
}

/** Not expired, and not made more than a day ahead of our clock: no clock is that wrong. */
export function isCurrent({ createdAt, expiresAt }: SubmissionToken, now: number): boolean {
  return now < expiresAt && createdAt <= now + limits.tokenAheadMs;
}

/** Whether a token lets mail from one address to the other through; the other way round is another token. */
export function isTokenFor(
  token: SubmissionToken,
  pair: { readonly from: string; readonly to: string },
): boolean {
  return token.hash.replace(/=+$/, '') === pairHash(pair);
}

function pairHash({ from, to }: { readonly from: string; readonly to: string }): string {
  const text = `${normaliseAddress(from)}:${normaliseAddress(to)}`;
  return createHash('sha3-256').update(text).digest('base64').replace(/=+$/, '');
}

/** The newest of the tokens that let mail from one address to the other through now; undefined when none does. */
export function chooseToken(
  tokens: readonly SubmissionToken[],
  pair: { readonly from: string; readonly to: string },
  now: number,
): SubmissionToken | undefined {
  return tokens
    .filter((token) => isTokenFor(token, pair) && isCurrent(token, now))
    .sort((a, b) => b.createdAt - a.createdAt)[0];
}
