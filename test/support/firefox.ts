import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import WebSocket from 'ws';
import { isRecord } from './api-client.ts';
import { firefox, libraryPath, rootOf } from './system-parts.ts';

/** Whether there is a Firefox to test with. */
export const hasFirefox = rootOf(firefox) !== undefined;

/** A stock Firefox without a window, driven by WebDriver BiDi. */
export type Firefox = {
  readonly version: string;
  open(url: string): Promise<void>;
  /** What an expression in the page gives, waited for, as JSON. */
  evaluate(expression: string): Promise<unknown>;
  /** The same in the browser's own window, where all its windows and services are within reach. */
  evaluateInBrowser(expression: string): Promise<unknown>;
  /** A PNG of the page. */
  screenshot(): Promise<Buffer>;
  close(): Promise<void>;
};

/** Preferences that keep a test browser quiet, and let it have push. */
const basePreferences: Readonly<Record<string, string | number | boolean>> = {
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.page': 0,
  'browser.startup.homepage_override.mstone': 'ignore',
  'browser.aboutwelcome.enabled': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'toolkit.telemetry.reportingpolicy.firstRun': false,
  'app.normandy.enabled': false,
  'app.update.disabledForTesting': true,
  'extensions.update.enabled': false,
  'services.settings.server': 'data:,#none',
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'browser.region.network.url': '',
  // The driver's own defaults switch push off, and notifications need a desktop that is not there (seen in ESR 153).
  'dom.push.connection.enabled': true,
  'dom.push.testing.allowInsecureServerURL': true,
  'permissions.default.desktop-notification': 1,
  'alerts.useSystemBackend': false,
};

const startWithinMs = 60_000;

export async function startFirefox(
  preferences: Readonly<Record<string, string | number | boolean>>,
): Promise<Firefox> {
  const root = rootOf(firefox);
  if (root === undefined) throw new Error('there is no Firefox here');
  const profile = mkdtempSync(join(tmpdir(), 'coi-push-firefox-'));
  const lines = Object.entries({ ...basePreferences, ...preferences });
  writeFileSync(
    join(profile, 'user.js'),
    lines.map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`).join(''),
  );
  const child = spawn(
    'setpriv',
    [
      ...['--pdeathsig', 'KILL', join(root, 'usr/lib/firefox-esr/firefox-esr')],
      ...['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port', '0'],
      '--remote-allow-system-access',
    ],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        HOME: profile,
        MOZ_HEADLESS: '1',
        // Root may not enter the sandbox's user namespace on many machines.
        MOZ_DISABLE_CONTENT_SANDBOX: '1',
        ...(root === '/' ? {} : { LD_LIBRARY_PATH: libraryPath(root) }),
      },
    },
  );
  const driver = await connect(await addressOf(child));
  const session = await driver.send('session.new', {
    capabilities: { alwaysMatch: { acceptInsecureCerts: true } },
  });
  const { contexts } = await driver.send('browsingContext.getTree', {});
  const [first] = Array.isArray(contexts) ? contexts.filter(isRecord) : [];
  const context = first?.['context'];
  const { capabilities } = session;
  return {
    version: String(isRecord(capabilities) ? capabilities['browserVersion'] : 'unknown'),
    async open(url) {
      await driver.send('browsingContext.navigate', { context, url, wait: 'complete' });
    },
    evaluate: (expression) => evaluate(driver, context, expression),
    async evaluateInBrowser(expression) {
      const tree = await driver.send('browsingContext.getTree', { 'moz:scope': 'chrome' });
      const windows = Array.isArray(tree['contexts']) ? tree['contexts'].filter(isRecord) : [];
      const main = windows.find(({ url }) => url === 'chrome://browser/content/browser.xhtml');
      return evaluate(driver, main?.['context'], expression);
    },
    async screenshot() {
      const { data } = await driver.send('browsingContext.captureScreenshot', { context });
      return Buffer.from(String(data), 'base64');
    },
    async close() {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
      driver.close();
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function evaluate(driver: Driver, context: unknown, expression: string): Promise<unknown> {
  const answer = await driver.send('script.evaluate', {
    expression: `(async () => JSON.stringify(await (${expression})))()`,
    target: { context },
    awaitPromise: true,
  });
  const { type, result, exceptionDetails } = answer;
  if (type === 'exception') throw new Error(`in the page: ${JSON.stringify(exceptionDetails)}`);
  const value = isRecord(result) ? result['value'] : undefined;
  return typeof value === 'string' ? JSON.parse(value) : undefined;
}

/** The address Firefox prints once it listens. */
function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    const timer = setTimeout(() => reject(new Error(`Firefox does not start:\n${output}`)), startWithinMs);
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      const address = /WebDriver BiDi listening on (ws:\S+)/.exec(output)?.[1];
      if (address === undefined) return;
      clearTimeout(timer);
      resolve(`${address}/session`);
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('exit', (code) => reject(new Error(`Firefox ended with ${code}:\n${output}`)));
  });
}

type Driver = {
  send(method: string, params: Record<string, unknown>): Promise<Record<string, unknown>>;
  close(): void;
};

/** WebDriver BiDi: commands with ids, answers with the same ids, in any order. */
async function connect(address: string): Promise<Driver> {
  const socket = new WebSocket(address);
  await once(socket, 'open');
  const waiting = new Map<number, (answer: Record<string, unknown>) => void>();
  let last = 0;
  socket.on('message', (data) => {
    const answer: unknown = JSON.parse(String(data));
    if (isRecord(answer) && typeof answer['id'] === 'number') waiting.get(answer['id'])?.(answer);
  });
  socket.on('error', () => undefined);
  return {
    send: (method, params) =>
      new Promise((resolve, reject) => {
        const id = ++last;
        waiting.set(id, ({ result, error, message }) => {
          waiting.delete(id);
          if (error === undefined && isRecord(result)) resolve(result);
          else reject(new Error(`${method}: ${String(error)}: ${String(message)}`));
        });
        socket.send(JSON.stringify({ id, method, params }));
      }),
    close: () => socket.terminate(),
  };
}
