import { limits } from '../core/limits.ts';

export type PushEndpoint =
  | { readonly ok: true; readonly url: URL }
  | { readonly ok: false; readonly message: string };

/**
 * Reads the endpoint of a push subscription: https, without user and fragment, on port 443 or one that is not a system
 * service's. 512 bytes, as COI WebPush has it, shut out UnifiedPush (up to 1000) and WNS. Whether its host may be
 * connected to is for the address guard to say, at each connection.
 */
export function parsePushEndpoint(text: string): PushEndpoint {
  if (Buffer.byteLength(text) > limits.pushEndpointBytes) {
    return refused(`is longer than ${limits.pushEndpointBytes} bytes`);
  }
  // The URL parser drops tabs, line breaks and outer blanks, and takes `\` for `/`: what is stored must be what was given.
  if (!/^https:\/\/[\x21-\x7e]+$/i.test(text) || text.includes('\\') || !URL.canParse(text)) {
    return refused('is not an https address');
  }
  const url = new URL(text);
  if (url.username !== '' || url.password !== '' || /^https:\/\/[^/?#]*@/i.test(text)) {
    return refused('must not hold a user name or password');
  }
  if (text.includes('#')) return refused('must not have a fragment');
  if (url.port !== '' && Number(url.port) < 1024) return refused('must use port 443 or one above 1023');
  return { ok: true, url };
}

function refused(message: string): PushEndpoint {
  return { ok: false, message };
}
