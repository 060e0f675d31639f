import webPush from 'web-push';
import type { Clock } from '../core/clock.ts';
import { limits } from '../core/limits.ts';
import type { VapidKeyPair } from './vapid.ts';

/**
 * The `Authorization` header for a push service, by its origin (scheme, host, and port unless it is the default one: a
 * `URL`'s `origin`). Signing costs more than all the rest of a push, so a header is used until it is 11 h old; web-push
 * makes it good for 12 h.
 *
 * Only the age is taken from the injected clock: web-push stamps the expiry by the machine's, and push services compare
 * it with theirs.
 */
export function vapidHeaders(options: {
  readonly vapid: VapidKeyPair;
  readonly subject: string;
  readonly clock: Clock;
}): (audience: string) => string {
  const { vapid, subject, clock } = options;
  const made = new Map<string, { readonly header: string; readonly at: number }>();
  return (audience) => {
    const now = clock.now();
    const known = made.get(audience);
    if (known !== undefined && now >= known.at && now - known.at < limits.vapidRenewMs) return known.header;
    const header = webPush.getVapidHeaders(
      audience,
      subject,
      vapid.publicKey,
      vapid.privateKey,
      'aes128gcm',
    ).Authorization;
    // Origins come from strangers' subscriptions: the map stays bounded, and the oldest goes first.
    made.delete(audience);
    const [oldest] = made.keys();
    if (made.size >= limits.vapidAudiences && oldest !== undefined) made.delete(oldest);
    made.set(audience, { header, at: now });
    return header;
  };
}
