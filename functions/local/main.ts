import { pinoLog } from '../../shared/logging/pino-log.ts';
import { runDemo } from './demo/run-demo.ts';
import { startHost } from './host.ts';
import { readSettings, type Settings, settingTable } from './settings.ts';

/** A stop that takes longer is broken off. */
const stopWithinMs = 5_000;

const usage = `Usage: npm start [-- --demo | --help]

  --demo   add a mail server with alice@demo.test and bob@demo.test, and show what happens when they chat
  --help   this

Settings are environment variables:
${settingTable.map(({ name, fallback, does }) => `  ${name.padEnd(20)} ${does} (${fallback || 'none'})`).join('\n')}
`;

async function main(args: readonly string[]): Promise<void> {
  const unknown = args.filter((arg) => arg !== '--demo' && arg !== '--help');
  if (unknown.length > 0) return refuse(`Unknown: ${unknown.join(' ')}\n\n${usage}`);
  if (args.includes('--help')) return console.log(usage);
  const read = readSettings(process.env);
  if (!read.ok)
    return refuse(['These settings are not right:', ...read.faults.map((fault) => `  ${fault}`)].join('\n'));
  const { settings } = read;
  try {
    stopOnSignal(await (args.includes('--demo') ? runDemo(settings, console.log) : runService(settings)));
  } catch (error) {
    refuse(startProblem(error, settings));
  }
}

async function runService(settings: Settings): Promise<{ stop(): Promise<void> }> {
  const host = await startHost(settings, { log: pinoLog(settings.logLevel) });
  const admitted =
    settings.admit === ''
      ? 'nobody may sign in: set ADMIT to your domains or addresses'
      : settings.admit === '*'
        ? 'everybody who reaches it may sign in'
        : `${settings.admit} may sign in`;
  console.log(
    `coi-push on ${host.url} (${host.url}/docs); data in ${settings.dataDir}; ${admitted}. Ctrl-C ends it.`,
  );
  return host;
}

function stopOnSignal(running: { stop(): Promise<void> }): void {
  let stopping = false;
  const stop = () => {
    if (stopping) process.exit(130);
    stopping = true;
    setTimeout(() => process.exit(1), stopWithinMs).unref();
    running.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

function startProblem(error: unknown, settings: Settings): string {
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    return `Port ${settings.port} is taken. End what uses it, or start with another one: PORT=8788 npm start`;
  }
  return error instanceof Error ? error.message : 'The service could not start.';
}

function refuse(text: string): void {
  console.error(text);
  process.exit(2);
}

// The AWS SDK tells each user of Node 20 that releases after January 2027 want Node 22; the lock file holds one that does not.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
await main(process.argv.slice(2));
