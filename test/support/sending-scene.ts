import { onTestFinished } from 'vitest';
import { createApi } from '../../functions/api/app.ts';
import { continueSend } from '../../shared/flows/send/continue-send.ts';
import type { Services } from '../../shared/flows/services.ts';
import { trustStore } from '../../shared/net/trust-store.ts';
import { updateAccount } from '../../shared/store/account.ts';
import type { Account, OutgoingMail } from '../../shared/store/items.ts';
import { partitionOf } from '../../shared/store/keys.ts';
import { getOutgoing } from '../../shared/store/outgoing.ts';
import { listPartition } from '../../shared/store/partition.ts';
import type { ApiHost } from './api-host.ts';
import { ContractClient } from './contract-client.ts';
import { sharedMail } from './mail-site.ts';
import { mailsIn, withMailbox } from './mailbox-client.ts';
import { type ScriptedSmtp, type SmtpScript, startScriptedSmtp } from './scripted-smtp.ts';
import { mailboxAccount } from './watched-account.ts';

/** Somebody with a real mailbox whose submission server does what a test says. */
export type SendingScene = {
  readonly smtp: ScriptedSmtp;
  readonly account: Account;
  readonly client: ContractClient;
  readonly services: Services;
  /** One step of a mail, as the queue makes it. */
  step(messageId: string): ReturnType<typeof continueSend>;
  outgoing(messageId: string): Promise<OutgoingMail>;
  /** When the next step of its mail is promised; undefined where nothing is left to do. */
  promised(): Promise<number | undefined>;
  /** Message-IDs of the mails in a folder. */
  copies(folder: string): Promise<string[]>;
  file(folder: string, mail: string): Promise<void>;
  makeFolder(folder: string): Promise<void>;
};

/** Its server ends with the test. */
export async function sendingScene(host: ApiHost, script: SmtpScript): Promise<SendingScene> {
  const smtp = await startScriptedSmtp(script);
  onTestFinished(() => smtp.stop());
  const made = await mailboxAccount(host, sharedMail());
  const account = {
    ...made,
    smtp: { host: '127.0.0.1', port: smtp.login.port, tls: 'implicit', user: 'x' } as const,
    version: made.version + 1,
  };
  await updateAccount(host.services.store, account);
  const services = { ...host.services, trust: trustStore([sharedMail().ca, smtp.ca]) };
  const api = createApi({ services, corsOrigins: [], publicUrl: undefined, addressOf: () => '192.0.2.1' });
  const client = new ContractClient(api, (await host.device(account)).client.token);
  const { store, clock } = services;
  return {
    ...{ smtp, account, client, services },
    step: (messageId) => continueSend(services, account.id, messageId),
    async outgoing(messageId) {
      const outgoing = await getOutgoing(store, account.id, messageId, clock.now());
      if (outgoing === undefined) throw new Error('no such mail was recorded');
      return outgoing;
    },
    async promised() {
      const { pending } = await listPartition(store, partitionOf(account.id, store.partitions), clock.now());
      return pending.find(({ accountId }) => accountId === account.id)?.notBeforeAt;
    },
    async copies(folder) {
      return (await mailsIn(sharedMail(), account, folder)).map(({ messageId }) => messageId);
    },
    async file(folder, mail) {
      await withMailbox(sharedMail(), account, (mailbox) => mailbox.append(folder, mail, ['\\Seen']));
    },
    async makeFolder(folder) {
      await withMailbox(sharedMail(), account, (mailbox) => mailbox.mailboxCreate(folder));
    },
  };
}

/** Takes every step whose time has come, for so long by the clock of the test, minute by minute. */
export async function goOnFor(
  host: ApiHost,
  scene: Pick<SendingScene, 'step'>,
  messageId: string,
  minutes: number,
): Promise<string[]> {
  const states: string[] = [];
  for (let minute = 0; minute < minutes; minute++) {
    host.pass(60_000);
    states.push(await scene.step(messageId));
  }
  return states;
}
