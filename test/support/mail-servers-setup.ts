import type { TestProject } from 'vitest/node';
import { type MailSite, startMailServers } from './dovecot.ts';
import { dovecot, rootOf } from './system-parts.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Undefined where Dovecot is not installed. */
    mailSite: MailSite | undefined;
  }
}

/**
 * One Dovecot for all the tests of a run: each test uses mailboxes of its own. Vitest calls this once for every project
 * that has tests to run, one after the other; the first starts the servers.
 */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const run = project.vitest.getRootProject();
  if ('mailSite' in run.getProvidedContext()) return undefined;
  if (rootOf(dovecot) === undefined) {
    run.provide('mailSite', undefined);
    return undefined;
  }
  const servers = await startMailServers();
  const { imap, smtp, lmtpPort, ca, password } = servers;
  run.provide('mailSite', { imap, smtp, lmtpPort, ca, password });
  return () => servers.stop();
}
