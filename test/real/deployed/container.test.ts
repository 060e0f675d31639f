import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signIn } from '../../support/api-client.ts';
import { assembly } from '../../support/assembly.ts';
import { chatMail } from '../../support/chat-mail.ts';
import { DeployedStack } from '../../support/deployed/deployed-stack.ts';
import { type RunningContainer, runContainer } from '../../support/deployed/running-container.ts';
import { eventually } from '../../support/eventually.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';
import { type PushService, startPushService } from '../../support/push-service.ts';
import { pushedIds, subscribe } from '../../support/subscribe.ts';

/** The stack with `coi:idleHost` `fargate`: what would be a container is a process with its bundle, settings and rights. */
describe.skipIf(!hasMailServers)('the container that holds connections', () => {
  let stack: DeployedStack;
  let push: PushService;
  let dir: string;
  let environment: Readonly<Record<string, string>>;
  const containers: RunningContainer[] = [];

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'coi-push-container-'));
    push = await startPushService();
    environment = { NODE_EXTRA_CA_CERTS: join(dir, 'ca.pem') };
    await writeFile(join(dir, 'ca.pem'), [sharedMail().ca, push.ca].join('\n'));
    stack = await DeployedStack.start({
      assembly: await assembly({
        'coi:admit': '*',
        'coi:vapidSubject': 'mailto:operator@example.test',
        'coi:allowPrivateHosts': '127.0.0.0/8,::1/128',
        'coi:watch': 'idle',
        'coi:idleHost': 'fargate',
      }),
      environment,
      node: process.execPath,
    });
  }, 180_000);

  afterAll(async () => {
    for (const container of containers) container.kill();
    await stack?.stop();
    await push?.close();
    await rm(dir, { recursive: true, force: true });
  });

  async function startContainer(): Promise<RunningContainer> {
    const container = runContainer(stack, { node: process.execPath, environment });
    containers.push(container);
    await eventually('the container to announce itself', () => container.isStarted() || undefined);
    return container;
  }

  it('hears of mail at once, hands over at SIGTERM while its successor listens, and loses and doubles nothing', async () => {
    const email = sharedMail().newAddress('alice');
    const client = await signIn(stack.url, sharedMail(), email);
    const device = push.newDevice();
    await subscribe(client, device);
    const mails: string[] = [];
    const deliver = async () => {
      const id = `<${crypto.randomUUID()}@example.test>`;
      mails.push(id);
      await sharedMail().deliver(
        email,
        chatMail({ from: 'bob@example.test', to: email, text: id, messageId: id }),
      );
      await eventually('the push', () => pushedIds(device).length >= mails.length || undefined);
    };

    const first = await startContainer();
    // Not before: the poll at sign-in has looked into the mailbox, but nobody listens there yet.
    await stack.tickUntil('the first one to listen', () => first.accounts() === 1 || undefined);
    await deliver();

    const second = await startContainer();
    const ended = first.stop();
    await stack.tickUntil('its successor to listen', () => second.accounts() === 1 || undefined);
    await expect(ended).resolves.toBe(0);
    await deliver();

    expect(pushedIds(device)).toEqual(mails);
    expect(stack.gateway.refused).toEqual([]);
    await client.call('DELETE', '/v1/account');
  }, 240_000);
});
