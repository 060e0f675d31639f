import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';
import type { MailSite } from './dovecot.ts';
import { deliverByLmtp } from './lmtp-relay.ts';

export type SharedMail = MailSite & {
  /** An address nobody used before, with an empty mailbox. */
  newAddress(name: string): string;
  deliver(to: string | readonly string[], raw: string | Buffer): Promise<void>;
};

/** Whether there is a mail server to test with; suites that need one start with `describe.skipIf(!hasMailServers)`. */
export const hasMailServers = inject('mailSite') !== undefined;

/** The run's mail servers, from inside a test. */
export function sharedMail(): SharedMail {
  const site = inject('mailSite');
  if (site === undefined) throw new Error('there is no Dovecot here');
  return {
    ...site,
    newAddress: (name) => `${name}-${randomUUID().slice(0, 8)}@example.test`,
    deliver: (to, raw) => deliverByLmtp(site.lmtpPort, to, raw),
  };
}
