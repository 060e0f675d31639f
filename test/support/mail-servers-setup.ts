import { existsSync } from 'node:fs';
import type { TestProject } from 'vitest/node';
import { type MailSite, startMailServers } from './dovecot.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Undefined where Dovecot is not installed. */
    mailSite: MailSite | undefined;
  }
}

/** One Dovecot for all the tests of a run: each test uses mailboxes of its own. */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (!existsSync('/usr/sbin/dovecot')) {
    project.provide('mailSite', undefined);
    return undefined;
  }
  const servers = await startMailServers();
  const { imap, smtp, lmtpPort, ca, password } = servers;
  project.provide('mailSite', { imap, smtp, lmtpPort, ca, password });
  return () => servers.stop();
}
