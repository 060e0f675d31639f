import { onTestFinished } from 'vitest';
import { type MailSession, openMailSession } from '../../shared/imap/mail-session.ts';
import { type Script, type ScriptedImap, startScriptedImap } from './scripted-imap.ts';

/** A session with a scripted server, which ends with the test. */
export async function scriptedSession(script: Script): Promise<[MailSession, ScriptedImap]> {
  const server = await startScriptedImap(script);
  onTestFinished(() => server.stop());
  const options = { deadlineMs: 5_000, commandMs: 5_000 };
  return [await openMailSession(server.login, server.network, options), server];
}
