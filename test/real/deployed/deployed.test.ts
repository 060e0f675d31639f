import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { functionNames } from '../../../functions/definitions.ts';
import { buildWeb } from '../../../functions/web/build.ts';
import { type ApiClient, signIn } from '../../support/api-client.ts';
import { assembly } from '../../support/assembly.ts';
import { DeployedStack } from '../../support/deployed/deployed-stack.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';
import { type Device, type PushService, startPushService } from '../../support/push-service.ts';
import { subscribe } from '../../support/subscribe.ts';

/**
 * The whole service as it is deployed: what the template says, with the very bundles that are uploaded, on a real mail server.
 * Every call to AWS is held against the rights of the function that makes it.
 */
describe.skipIf(!hasMailServers)('the deployed stack', () => {
  let stack: DeployedStack;
  let push: PushService;
  let dir: string;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'coi-push-deployed-'));
    push = await startPushService();
    const cas = join(dir, 'ca.pem');
    await writeFile(cas, [sharedMail().ca, push.ca].join('\n'));
    stack = await DeployedStack.start({
      assembly: await assembly({
        'coi:admit': '*',
        'coi:vapidSubject': 'mailto:operator@example.test',
        'coi:allowPrivateHosts': '127.0.0.0/8,::1/128',
      }),
      environment: { NODE_EXTRA_CA_CERTS: cas },
      node: process.execPath,
    });
  }, 180_000);

  afterAll(async () => {
    await stack?.stop();
    await push?.close();
    await rm(dir, { recursive: true, force: true });
  });

  type Person = { email: string; client: ApiClient; device: Device };

  async function person(name: string): Promise<Person> {
    const email = sharedMail().newAddress(name);
    const client = await signIn(stack.url, sharedMail(), email);
    const device = push.newDevice();
    await subscribe(client, device);
    return { email, client, device };
  }

  /** What a device was told of, the validation aside. */
  const told = ({ device }: Person) =>
    device.pushes.map(({ payload }) => JSON.parse(String(payload))).filter((each) => 'msg-id' in each);

  it('makes its VAPID key pair at the first deploy', () => {
    expect(stack.gateway.answers).toMatchObject([{ Status: 'SUCCESS' }]);
    expect([...stack.services.secrets.values()]).toEqual([expect.stringContaining('private')]);
  });

  it('does the main job: bob writes, alice’s phone rings, and her answer reaches him', async () => {
    const [alice, bob] = await Promise.all([person('alice'), person('bob')]);
    // The worker is started by the tick, and has looked at both mailboxes once before anything is written.
    await stack.tickUntil('the first look at both mailboxes', async () => {
      const accounts = await Promise.all([alice, bob].map(({ client }) => client.call('GET', '/v1/account')));
      const folders = accounts.map(({ watch }) => JSON.stringify(watch).includes('INBOX'));
      return folders.every(Boolean) || undefined;
    });
    const sent = await bob.client.call('POST', '/v1/messages', {
      kind: 'text',
      to: [alice.email],
      text: 'Shall we meet at the lake?',
    });
    const [ring] = await stack.tickUntil('alice to be told', () =>
      told(alice).length > 0 ? told(alice) : undefined,
    );
    expect(ring).toMatchObject({ 'from-email': bob.email, 'msg-id': sent['messageId'] });
    expect(ring.content).toContain('Shall we meet at the lake?');

    const [conversation] = await alice.client.items('/v1/conversations');
    const answer = await alice.client.call('POST', '/v1/messages', {
      kind: 'text',
      conversation: conversation?.['id'],
      text: 'At seven!',
    });
    const [back] = await stack.tickUntil('bob to be told', () =>
      told(bob).length > 0 ? told(bob) : undefined,
    );
    expect(back).toMatchObject({ 'from-email': alice.email, 'msg-id': answer['messageId'] });

    const shown = await alice.client.call('GET', `/v1/messages/${ring['x-coi-push'].message}`);
    expect(shown).toMatchObject({ text: 'Shall we meet at the lake?' });
    await alice.client.call('DELETE', '/v1/account');
    await bob.client.call('DELETE', '/v1/account');
  }, 240_000);

  it('shows the client beside the API: files from their own function, everything else from the other', async () => {
    const page = await fetch(`${stack.url}/`);
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self'/);
    const [script = ''] = /\/app-\w+\.js/.exec(await page.text()) ?? [];
    const reply = await fetch(stack.url + script, { headers: { 'accept-encoding': 'br' } });
    expect(reply.headers.get('content-encoding')).toBe('br');
    expect(reply.headers.get('cache-control')).toContain('immutable');
    const [built] = buildWeb().filter(({ path }) => path === script);
    expect(Buffer.from(await reply.arrayBuffer()).equals(Buffer.from(built?.plain ?? []))).toBe(true);
    const statuses = ['/docs/your-own-client', '/nothing', '/healthz', '/docs', '/v1/account', '/v1/nothing'];
    expect(await Promise.all(statuses.map(async (path) => (await fetch(stack.url + path)).status))).toEqual([
      200, 404, 200, 200, 401, 404,
    ]);
  });

  it('asked AWS for nothing that its rights do not allow', () => {
    expect(stack.gateway.refused).toEqual([]);
    expect(stack.gateway.used.size).toBeGreaterThan(3);
  });

  it('opens few data keys: none for a check of an account that it knows', () => {
    expect(stack.services.kmsCalls).toBeLessThan(20);
  });

  it('starts each function from its bundle, and tells how long that takes', () => {
    for (const fn of stack.functions.values()) {
      for (const { initMs, rss } of fn.coldStarts.slice(0, 1)) {
        process.stdout.write(
          `cold start of ${fn.options.name}: ${Math.round(initMs)} ms, ${Math.round(rss / 1e6)} MB\n`,
        );
      }
    }
    const started = [...stack.functions.values()].filter(({ coldStarts }) => coldStarts.length > 0);
    expect(started.length).toBeGreaterThanOrEqual(functionNames.length - 2);
  });
});
