import { limits } from '../core/limits.ts';
import type { ContactRule } from './contact-rules.ts';
import type { MailRecord } from './mail-record.ts';
import { type QuietHours, quietUntil } from './quiet-hours.ts';
import type { SenderStanding, UnknownSenders } from './sender-standing.ts';

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
  readonly reason: 'class' | 'blocked' | 'seen' | 'old' | 'muted' | 'unknown-sender';
};

/** It alerts, but not before the quiet hours are over (ms). */
export type Quiet = { readonly kind: 'quiet'; readonly until: number; readonly alert: Alert };

export type AlertFacts = {
  readonly now: number;
  readonly mutedUntil: number | undefined;
  /** Only mentions are told, as if muted otherwise. */
  readonly mentionOnly: boolean;
  /** What the address book says about the sender and the group. */
  readonly contact: ContactRule;
  /** What the account knows of the sender, and which of those it does not know may ring. */
  readonly sender: SenderStanding;
  readonly unknownSenders: UnknownSenders;
  readonly quietHours: QuietHours | undefined;
};

/** What the rules look at of a mail. */
export type AlertingMail = Pick<MailRecord, 'class' | 'seen' | 'receivedAt' | 'mention' | 'call'>;

/**
 * Whether, how and when a mail alerts. Only chat and ordinary mail do, and nobody's who is blocked; read mail and mail older
 * than a day do not, for an alert about it comes too late; a muted conversation or contact does for a mention alone (COI
 * client spec, "Mentions"). A mention lifts a mute and nothing else: at night it waits like all others, calls too.
 * Somebody unknown rings as the account wants it, and never wakes a sleeping device.
 */
export function alertFor(mail: AlertingMail, facts: AlertFacts): Alert | Quiet | Silence {
  if (mail.class !== 'chat' && mail.class !== 'mail') return { kind: 'silent', reason: 'class' };
  if (facts.contact === 'blocked') return { kind: 'silent', reason: 'blocked' };
  if (mail.seen) return { kind: 'silent', reason: 'seen' };
  const muted =
    facts.mentionOnly ||
    facts.contact === 'muted' ||
    (facts.mutedUntil !== undefined && facts.mutedUntil > facts.now);
  if (muted && !mail.mention) return { kind: 'silent', reason: 'muted' };
  const isUnknown = mail.class === 'chat' && facts.sender !== 'known';
  if (isUnknown && !mayRing(facts)) return { kind: 'silent', reason: 'unknown-sender' };
  if (facts.now - mail.receivedAt > limits.alertAgeMs) return { kind: 'silent', reason: 'old' };
  const alert: Alert = {
    kind: 'alert',
    msgtype: mail.class,
    urgency: mail.class === 'chat' && !isUnknown ? 'high' : 'normal',
    // Nobody can take a call any more that rang a while ago.
    ttlSeconds: mail.class === 'chat' && mail.call ? limits.callTtlSeconds : limits.alertTtlSeconds,
  };
  // Last, because what is told of in the morning is only what would have been told of at night.
  const until = facts.quietHours && quietUntil(facts.quietHours, facts.now);
  return until === undefined ? alert : { kind: 'quiet', until, alert };
}

function mayRing({ sender, unknownSenders }: AlertFacts): boolean {
  return unknownSenders === 'all' || (unknownSenders === 'once' && sender === 'new');
}
