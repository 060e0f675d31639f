import { randomUUID } from 'node:crypto';
import { startApiHost } from '../support/api-host.ts';
import { chatMail } from '../support/chat-mail.ts';
import type { MailServers } from '../support/dovecot.ts';
import { startPushService } from '../support/push-service.ts';
import { activeSubscription, check, mailboxAccount } from '../support/watched-account.ts';

/** Write units as the database reports them: per received message, each checked by itself, and per check of nothing new. */
export type WriteUnits = { readonly perMessage: number; readonly perEmptyCheck: number };

const messages = 5;
const emptyChecks = 5;

export async function benchWriteUnits(mail: MailServers): Promise<WriteUnits> {
  const push = await startPushService();
  const host = await startApiHost({ ca: [mail.ca, push.ca] });
  try {
    const account = await mailboxAccount(host, {
      ...mail,
      newAddress: (name) => mail.user(`${name}-${randomUUID().slice(0, 8)}`),
    });
    const device = push.newDevice();
    await activeSubscription(host, account, device);
    const receive = async () => {
      const raw = chatMail({ from: 'bob@example.test', to: account.email, text: 'How are you today?' });
      await mail.deliver(account.email, raw);
      if ((await check(host, account)) !== 1) throw new Error('a mail was not taken in');
    };
    // The first check and the first message of a conversation write more: they make what later ones only change.
    await check(host, account);
    await receive();
    host.parts.take();
    for (let i = 0; i < messages; i++) await receive();
    const perMessage = host.parts.take().write / messages;
    for (let i = 0; i < emptyChecks; i++) await check(host, account);
    const perEmptyCheck = host.parts.take().write / emptyChecks;
    if (device.pushes.length !== messages + 1) throw new Error('a message was not pushed');
    return { perMessage, perEmptyCheck };
  } finally {
    await host.stop();
    await push.close();
  }
}
