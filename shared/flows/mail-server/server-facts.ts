import type { Capabilities } from '../../core/capabilities.ts';
import type { MailSession } from '../../imap/mail-session.ts';
import type { Account } from '../../store/items.ts';
import { type CoiConfig, readCoiConfig } from './coi-server.ts';
import { readServerPushKey } from './push-owner.ts';

/** What a mail server says about itself and this mailbox, asked for at each sign-in. */
export type ServerFacts = {
  readonly capabilities: Capabilities;
  /** Undefined where the server has no COI, or does not say. */
  readonly coi: CoiConfig | undefined;
  readonly serverPushKey: string | undefined;
};

export async function readServerFacts(session: MailSession): Promise<ServerFacts> {
  const { capabilities } = session;
  return {
    capabilities,
    coi: capabilities.coi ? await readCoiConfig(session) : undefined,
    serverPushKey: await readServerPushKey(session),
  };
}

/** The account as its server has it now. Where a COI server files by itself, its filter is the one that counts. */
export function withServerFacts<Part extends Pick<Account, 'settings' | 'mailboxRoot'>>(
  account: Part,
  { capabilities, coi, serverPushKey }: ServerFacts,
): Part & Pick<Account, 'capabilities' | 'mailboxRoot' | 'serverPushKey' | 'settings'> {
  const { settings } = account;
  const root = coi === undefined ? account.mailboxRoot : coi.mailboxRoot;
  return {
    ...account,
    capabilities,
    serverPushKey,
    mailboxRoot: capabilities.coi ? root : undefined,
    settings: { ...settings, messageFilter: coi?.messageFilter ?? settings.messageFilter },
  };
}
