import { sealCredentials } from '../../../../shared/flows/accounts/credentials.ts';
import { newSession } from '../../../../shared/flows/accounts/session-token.ts';
import type { Services } from '../../../../shared/flows/services.ts';
import { createAccount } from '../../../../shared/store/account.ts';
import type { Account } from '../../../../shared/store/items.ts';
import { putSession } from '../../../../shared/store/session.ts';
import { putWatch } from '../../../../shared/store/watch.ts';
import { sharedMail } from '../../mail-site.ts';
import { mailsIn, withMailbox } from '../../mailbox-client.ts';
import type { ScriptedSmtp } from '../../scripted-smtp.ts';
import { exampleAccount } from '../../store-examples.ts';

/** `sent`: copies go to Sent; `chats`: to the chats; `provider`: the server files what it takes, as Gmail does. */
export type Filing = 'sent' | 'chats' | 'provider';

export type SendingAccount = { readonly account: Account; readonly token: string; readonly filing: Filing };

/** An account with a real mailbox and one signed-in device, as a sign-in would store it. */
export async function sendingAccount(
  services: Services,
  index: number,
  { smtp, filing }: { readonly smtp: ScriptedSmtp; readonly filing: Filing },
): Promise<SendingAccount> {
  const mail = sharedMail();
  const email = mail.newAddress(`sends-${index}`);
  const id = `sends-${index}`;
  const account = exampleAccount({
    ...{ id, email, aliases: [], unproven: [], status: 'ok' },
    imap: { host: mail.imap.host, port: mail.imap.port, tls: 'implicit', user: email },
    smtp: { host: '127.0.0.1', port: smtp.login.port, tls: smtp.login.tls, user: email },
    ...(await sealCredentials(services, id, { password: mail.password })),
  });
  await createAccount(services.store, account);
  const { clock, store } = services;
  const watch = { host: account.imap.host, mode: 'poll', lastActivityAt: clock.now(), folders: {} } as const;
  await putWatch(store, { accountId: id, ...watch });
  const { token, session } = newSession(id, 'device', clock.now());
  await putSession(store, session);
  if (filing === 'chats') {
    await withMailbox(mail, account, (mailbox) => mailbox.mailboxCreate('COI/Chats'));
  }
  return { account, token, filing };
}

/** Files a mail as the provider does. */
export async function fileAtProvider({ account }: SendingAccount, raw: string): Promise<void> {
  await withMailbox(sharedMail(), account, (mailbox) => mailbox.append('Sent', raw, ['\\Seen']));
}

/** Message-IDs of all copies that the owner finds. */
export async function copiesOf({ account, filing }: SendingAccount): Promise<string[]> {
  const folders = filing === 'chats' ? ['Sent', 'COI/Chats'] : ['Sent'];
  const found: string[] = [];
  for (const folder of folders) {
    found.push(...(await mailsIn(sharedMail(), account, folder)).map(({ messageId }) => messageId));
  }
  return found;
}
