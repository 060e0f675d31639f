import { limits } from '../core/limits.ts';
import type { ContactRule } from './contact-rules.ts';
import type { MailRecord } from './mail-record.ts';

/** How a mail is told to devices; `msgtype` names the subscriptions it is for, besides those for all mail. */
export type Alert = {
  readonly kind: 'alert';
  readonly msgtype: 'chat' | 'mail';
  readonly urgency: 'high' | 'normal';
  /** How long a push service may keep it for a device that is away. */
  readonly ttlSeconds: number;
};

/** No device is told, and why not. */
export type Silence = {
  readonly kind: 'silent';
  readonly reason: 'class' | 'blocked' | 'seen' | 'old' | 'muted';
};

export type AlertFacts = {
  readonly now: number;
  readonly mutedUntil: number | undefined;
  /** Only mentions are told, as if muted otherwise. */
  readonly mentionOnly: boolean;
  /** What the address book says about the sender and the group. */
  readonly contact: ContactRule;
};

/**
 * Whether and how a mail alerts. Only chat and ordinary mail do, and nobody's who is blocked; read mail and mail older than
 * a day do not, for an alert about it comes too late; a muted conversation or contact does for a mention alone (COI client
 * spec, "Mentions").
 */
export function alertFor(
  record: Pick<MailRecord, 'class' | 'seen' | 'receivedAt' | 'mention' | 'call'>,
  facts: AlertFacts,
): Alert | Silence {
  if (record.class !== 'chat' && record.class !== 'mail') return { kind: 'silent', reason: 'class' };
  if (facts.contact === 'blocked') return { kind: 'silent', reason: 'blocked' };
  if (record.seen) return { kind: 'silent', reason: 'seen' };
  if (facts.now - record.receivedAt > limits.alertAgeMs) return { kind: 'silent', reason: 'old' };
  const muted =
    facts.mentionOnly ||
    facts.contact === 'muted' ||
    (facts.mutedUntil !== undefined && facts.mutedUntil > facts.now);
  if (muted && !record.mention) return { kind: 'silent', reason: 'muted' };
  return {
    kind: 'alert',
    msgtype: record.class,
    urgency: record.class === 'chat' ? 'high' : 'normal',
    // Nobody can take a call any more that rang a while ago.
    ttlSeconds: record.class === 'chat' && record.call ? limits.callTtlSeconds : limits.alertTtlSeconds,
  };
}
