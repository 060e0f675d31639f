import { isRecord } from './api-client.ts';
import type { ApiHost } from './api-host.ts';
import type { ContractClient } from './contract-client.ts';
import { sharedMail } from './mail-site.ts';
import type { Device, PushService } from './push-service.ts';
import { activeSubscription, check, mailboxAccount } from './watched-account.ts';

type Item = Record<string, unknown>;

/** Somebody who is signed in, with a device that is told, and whose mailbox was looked at once. */
export type WatchedPerson = {
  readonly email: string;
  readonly client: ContractClient;
  readonly device: Device;
  /** Takes in what came into the mailbox; its pushes are made when it is done. */
  look(): Promise<number>;
  conversations(): Promise<Item[]>;
  /** Newest first. */
  messages(conversation: unknown): Promise<Item[]>;
  /** Pushes so far, as the device reads them. */
  pushes(): Item[];
};

export async function watchedPerson(
  host: ApiHost,
  push: PushService,
  options: { readonly email?: string } = {},
): Promise<WatchedPerson> {
  const account = await mailboxAccount(host, sharedMail(), options);
  const { client } = await host.device(account);
  const device = push.newDevice();
  await activeSubscription(host, account, device);
  await check(host, account);
  const items = async (path: string) => {
    const { items: found } = await client.expect(200, 'GET', path);
    return Array.isArray(found) ? found.filter(isRecord) : [];
  };
  return {
    email: account.email,
    client,
    device,
    look: () => check(host, account),
    conversations: () => items('/v1/conversations'),
    messages: (conversation) => items(`/v1/conversations/${conversation}/messages`),
    pushes: () => device.pushes.map(({ payload }) => JSON.parse(payload.toString('utf8'))).filter(isRecord),
  };
}
