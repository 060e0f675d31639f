import { createHash } from 'node:crypto';

/** A whole second, as tokens have them. */
export const now = Date.UTC(2026, 10, 23, 1, 2, 3);

/** A token as Dovecot's COI plugin makes them; its secret is no real one. */
export function exampleToken(of: {
  readonly from: string;
  readonly to: string;
  readonly createdAt?: number;
  readonly validitySeconds?: number;
  readonly secret?: string;
}): string {
  const { createdAt = now, validitySeconds = 365 * 24 * 3600, secret = 'c2VjcmV0' } = of;
  const hash = createHash('sha3-256').update(`${of.from}:${of.to}`).digest('base64').replace('=', '');
  return `1-created:${Math.floor(createdAt / 1000)}-validity:${validitySeconds}-hash:${hash}-secret:${secret}`;
}
