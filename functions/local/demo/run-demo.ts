import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pinoLog } from '../../../shared/logging/pino-log.ts';
import { startHost } from '../host.ts';
import { isLoopback, type Settings } from '../settings.ts';
import { createCertificateAuthority } from './certificate-authority.ts';
import { type DemoClient, signIn } from './demo-client.ts';
import { type DemoDevice, startDemoDevices } from './demo-device.ts';
import { startDemoMail } from './demo-mail.ts';
import type { Narrator } from './narrator.ts';

/** Where the demo's mail server and devices listen. */
const loopback = ['127.0.0.0/8', '::1/128'];
const readyWithinMs = 10_000;

/**
 * Shows the main job: two people on an ordinary mail server, a chat mail that becomes an encrypted push, and an answer.
 * Everything it does goes through the public API; afterwards the service stays up to be tried out.
 *
 * @throws Error when others could reach it: its users' password is known, and it may connect to this machine's own servers
 */
export async function runDemo(settings: Settings, narrator: Narrator): Promise<{ stop(): Promise<void> }> {
  if (!isLoopback(settings.host)) {
    throw new Error(
      `The demo has users whose password everybody knows, so it runs on loopback only. Leave HOST=${settings.host} out.`,
    );
  }
  // The demo's mailboxes live in memory, so each demo begins with a folder of its own, and deletes nothing but that.
  await mkdir(settings.dataDir, { recursive: true, mode: 0o700 });
  const dataDir = await mkdtemp(join(settings.dataDir, 'demo-'));
  const stops = [() => rm(dataDir, { recursive: true, force: true })];
  const stop = async () => {
    for (const part of stops.splice(0).reverse()) await part();
  };
  try {
    await showDemo({ ...settings, dataDir, admit: 'demo.test', watch: 'idle' }, narrator, stops);
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop };
}

/** What it starts is added to `stops`, as it starts. */
async function showDemo(
  settings: Settings,
  narrator: Narrator,
  stops: (() => Promise<void>)[],
): Promise<void> {
  const authority = await createCertificateAuthority();
  const mail = await startDemoMail(authority);
  stops.push(mail.stop);
  const devices = await startDemoDevices(authority);
  stops.push(devices.stop);
  const links = new Map<string, string>();
  const host = await startHost(settings, {
    log: pinoLog(settings.logLevel === 'info' ? 'error' : settings.logLevel),
    extraCa: [authority.ca],
    allowPrivateHosts: loopback,
    links,
  });
  stops.push(host.stop);
  const { say, step } = narrator;

  say(`coi-push on ${host.url}, with a mail server for alice@demo.test and bob@demo.test`);
  say('');
  const alice = await signIn(host.url, mail, mail.alice);
  step('alice', `signs in with her mail password (IMAP on port ${mail.alice.imapPort})`);
  const bob = await signIn(host.url, mail, mail.bob);
  step('bob', `signs in too (SMTP for both on port ${mail.smtpPort})`);
  const phone = devices.newDevice();
  await alice.subscribe(phone);
  step('alice', 'subscribes her phone: the validation push came, was decrypted and sent back');
  const laptop = devices.newDevice();
  await bob.subscribe(laptop);
  step('bob', 'subscribes his laptop');
  await Promise.all([watched(alice), watched(bob)]);
  step('', 'both mailboxes are watched by IMAP IDLE');

  const hello = 'Hi Alice! This is ordinary e-mail.';
  await exchange({
    step,
    from: ['bob', bob],
    to: { to: [mail.alice.address] },
    text: hello,
    seenBy: ['alice', phone],
  });
  const answer = 'And it arrives like a chat. Hi Bob!';
  const conversation = await alice.conversation();
  await exchange({
    step,
    from: ['alice', alice],
    to: { conversation },
    text: answer,
    seenBy: ['bob', laptop],
  });

  // The client shows addresses as links, so that bob is one click away from alice.
  const port = Number(new URL(host.url).port);
  links.set('/demo/alice', `http://localhost:${port}/#/token/${alice.token}`);
  links.set('/demo/bob', `http://127.0.0.1:${port}/#/token/${bob.token}`);
  await exchange({
    step: () => undefined,
    from: ['bob', bob],
    to: { conversation: await bob.conversation() },
    text: `This opens the client as me: http://127.0.0.1:${port}/demo/bob`,
    seenBy: ['alice', phone],
  });

  announce('alice', phone, step);
  announce('bob', laptop, step);
  for (const line of closingLines(host.url, alice, bob, conversation)) say(line);
}

type Step = Narrator['step'];

/** One sends, the other's device is woken: told with the time from the request to the decrypted push. */
async function exchange(part: {
  readonly step: Step;
  readonly from: readonly [name: string, client: DemoClient];
  readonly to: Parameters<DemoClient['send']>[0];
  readonly text: string;
  readonly seenBy: readonly [name: string, device: DemoDevice];
}): Promise<void> {
  const { step, text } = part;
  const [sender, client] = part.from;
  const [reader, device] = part.seenBy;
  const pushed = new Promise<{ payload: Record<string, unknown>; bytes: number }>((resolve) => {
    device.onPush = (payload, bytes) => resolve({ payload, bytes });
  });
  const sentAt = performance.now();
  await client.send(part.to, text);
  step(sender, `sends "${text}" (accepted by SMTP)`);
  const { payload, bytes } = await inTime(pushed, `the push to ${reader}`);
  const ms = Math.round(performance.now() - sentAt);
  step(reader, `is woken: ${bytes} encrypted bytes, decrypted ${ms} ms after ${sender} pressed send:`);
  step('', `"${textOf(payload)}" from ${String(payload['from-name'] ?? payload['from-email'])}`);
}

/** From now on every push is shown as it comes, for those who try things out. */
function announce(name: string, device: DemoDevice, step: Step): void {
  device.onPush = (payload) => {
    step(
      name,
      `is woken: "${textOf(payload)}" from ${String(payload['from-name'] ?? payload['from-email'])}`,
    );
  };
}

function textOf(payload: Record<string, unknown>): string {
  const content = payload['content'] ?? payload['subject'] ?? '';
  return String(content).trim();
}

async function watched(client: DemoClient): Promise<void> {
  const until = performance.now() + readyWithinMs;
  while (!(await client.isWatched())) {
    if (performance.now() > until) throw new Error('the mailbox is not watched');
    await delay(20);
  }
}

async function inTime<T>(work: Promise<T>, what: string): Promise<T> {
  const late = delay(readyWithinMs, undefined, { ref: false }).then(() => {
    throw new Error(`${what} did not come within ${readyWithinMs / 1000} s`);
  });
  return Promise.race([work, late]);
}

function closingLines(url: string, alice: DemoClient, bob: DemoClient, conversation: string): string[] {
  return [
    '',
    'Open the client in a browser, and write to each other. The links differ in the name of this machine, so that both work',
    'side by side:',
    '',
    `  alice  http://localhost:${new URL(url).port}/demo/alice`,
    `  bob    http://127.0.0.1:${new URL(url).port}/demo/bob`,
    '',
    'Or try it in another terminal:',
    '',
    `  API=${url}`,
    `  ALICE=${alice.token}`,
    `  BOB=${bob.token}`,
    `  CHAT=${conversation}`,
    '  curl -s $API/healthz',
    '  curl -s $API/docs | head -n 5',
    '  curl -s -H "Authorization: Bearer $ALICE" $API/v1/conversations',
    '  curl -s -H "Authorization: Bearer $ALICE" $API/v1/conversations/$CHAT/messages',
    '  curl -s -H "Authorization: Bearer $BOB" -H "Content-Type: application/json" \\',
    '    -d \'{"to": ["alice@demo.test"], "kind": "text", "text": "Hello from curl"}\' $API/v1/messages',
    '',
    `The API is described at ${url}/docs. Pushes are shown here as they come; Ctrl-C ends it all.`,
    '',
  ];
}
