import { randomUUID } from 'node:crypto';
import { arrayOf, memberOf } from '../../../shared/core/outside-data.ts';
import type { DemoDevice } from './demo-device.ts';
import type { DemoMail, DemoMailbox } from './demo-mail.ts';

/** What a thin client does, by the public HTTP API alone. */
export type DemoClient = {
  readonly token: string;
  /** Subscribes a device and validates it: resolves once the validation push came back. */
  subscribe(device: DemoDevice): Promise<void>;
  /** Sends a text to an address or into a conversation. */
  send(
    to: { readonly to: readonly string[] } | { readonly conversation: string },
    text: string,
  ): Promise<void>;
  /** The newest conversation's id. */
  conversation(): Promise<string>;
  /** Whether the service has looked at the mailbox once, and so tells of what comes from now on. */
  isWatched(): Promise<boolean>;
};

export async function signIn(url: string, mail: DemoMail, mailbox: DemoMailbox): Promise<DemoClient> {
  const { token } = await call(url, undefined, 'POST', '/v1/sessions', {
    email: mailbox.address,
    password: mail.password,
    displayName: mailbox.name,
    deviceName: `${mailbox.name}'s phone`,
    imap: { host: 'localhost', port: mailbox.imapPort, tls: 'implicit' },
    smtp: { host: 'localhost', port: mail.smtpPort, tls: 'implicit' },
  });
  if (typeof token !== 'string') throw new Error('the sign-in gave no token');
  const request = (method: string, path: string, body?: object) => call(url, token, method, path, body);
  return {
    token,
    async subscribe(device) {
      const id = randomUUID();
      const validation = new Promise<string>((resolve) => {
        device.onPush = ({ validation: text }) => {
          if (typeof text === 'string') resolve(text);
        };
      });
      await request('PUT', `/v1/push/subscriptions/${id}`, {
        client: 'coi-push demo',
        device: `${mailbox.name}'s phone`,
        msgtype: 'chat',
        resource: device.subscription,
      });
      await request('POST', `/v1/push/subscriptions/${id}/validate`, { validation: await validation });
    },
    async send(to, text) {
      await request('POST', '/v1/messages', { ...to, kind: 'text', text });
    },
    async conversation() {
      const { items } = await request('GET', '/v1/conversations');
      const id = memberOf(arrayOf(items)[0], 'id');
      if (typeof id === 'string') return id;
      throw new Error('there is no conversation yet');
    },
    async isWatched() {
      const { lastCheckedAt } = await request('GET', '/v1/account');
      return typeof lastCheckedAt === 'string';
    },
  };
}

async function call(
  url: string,
  token: string | undefined,
  method: string,
  path: string,
  body?: object,
): Promise<Record<string, unknown>> {
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json', 'idempotency-key': randomUUID() }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const reply: unknown = response.status === 204 ? {} : await response.json();
  if (!response.ok) throw new Error(`${method} ${path} gave ${response.status}: ${JSON.stringify(reply)}`);
  return typeof reply === 'object' && reply !== null ? { ...reply } : {};
}
