import { limits } from '../core/limits.ts';
import type { SizeCap } from './size-caps.ts';

/**
 * What became of a push. `status` is missing when nothing was answered. `later` is worth another try, after
 * `retryAfterSeconds` where the push service named a time; `too-large` with a payload of no more than `cap`.
 */
export type PushOutcome =
  | { readonly kind: 'delivered'; readonly status: number }
  | { readonly kind: 'gone'; readonly status: number }
  | { readonly kind: 'later'; readonly status?: number; readonly retryAfterSeconds?: number }
  | { readonly kind: 'too-large'; readonly status?: number; readonly cap?: SizeCap }
  | {
      readonly kind: 'refused';
      readonly status?: number;
      readonly reason: 'vapid-mismatch' | 'unauthorised' | 'other';
    };

/** What a push service said. Only the outcome leaves this folder: answers may quote the subscription. */
export type PushAnswer = {
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** The start of the body. */
  readonly text: string;
};

/** Reads a push service's answer. `host` is the endpoint's: 406 has a meaning of its own at Microsoft's. */
export function outcomeOf(answer: PushAnswer, host: string, now: number): PushOutcome {
  const { status, text } = answer;
  if (status >= 200 && status <= 299) return { kind: 'delivered', status };
  if (status === 404 || status === 410) return { kind: 'gone', status };
  if (status === 413) return { kind: 'too-large', status };
  if ((status === 400 || status === 403) && speaksOfSize.test(text)) return { kind: 'too-large', status };
  if (isTemporary(status, host)) {
    const retryAfterSeconds = parseRetryAfter(answer.retryAfter, now);
    return { kind: 'later', status, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) };
  }
  return { kind: 'refused', status, reason: reasonOf(status, text) };
}

/** Mozilla's errno 104, and the words of Apple, FCM and self-hosted services. */
const speaksOfSize =
  /payload ?too ?(?:large|big|long)|message ?too ?(?:large|big|long)|(?:payload|message|body|data)[^.{}]{0,40}(?:exceed|larger than|size)|"errno": ?104\b/i;

/**
 * Apple: 400 `VapidPkHashMismatch`. FCM: 403, "the VAPID credentials in the authorization header do not correspond to the
 * credentials used to create the subscriptions", once `MismatchSenderId`.
 */
const speaksOfMismatch =
  /VapidPkHashMismatch|MismatchSenderId|vapid[^{}]{0,100}(?:not correspond|not match|mismatch)/i;

/** 507 is how ntfy says that nobody listens at the moment, 406 how Microsoft's service throttles (seen 2023-2024). */
function isTemporary(status: number, host: string): boolean {
  return (
    status === 408 ||
    status === 429 ||
    status >= 500 ||
    (status === 406 && /\.notify\.windows\.com$/i.test(host))
  );
}

function reasonOf(status: number, text: string): 'vapid-mismatch' | 'unauthorised' | 'other' {
  if (status < 400 || status > 403) return 'other';
  if (speaksOfMismatch.test(text)) return 'vapid-mismatch';
  return status === 401 || status === 403 ? 'unauthorised' : 'other';
}

/** RFC 9110 section 10.2.3: seconds, or a date. One hour at most; what cannot be read counts as not said. */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  const text = value.trim();
  const isDate = /^[A-Z][a-z]{2,8}, .{6,22} GMT$/.test(text);
  const seconds = /^\d{1,10}$/.test(text)
    ? Number(text)
    : isDate
      ? Math.ceil((Date.parse(text) - now) / 1000)
      : Number.NaN;
  return Number.isNaN(seconds) ? undefined : Math.min(limits.retryAfterSeconds, Math.max(0, seconds));
}
