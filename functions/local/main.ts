import { pinoLog } from '../../shared/logging/pino-log.ts';
import { banner } from './banner.ts';
import { createNarrator } from './demo/narrator.ts';
import { runDemo } from './demo/run-demo.ts';
import { endOnUncaught } from './end-on-uncaught.ts';
import { startHost } from './host.ts';
import { readSettings, type Settings, settingTable } from './settings.ts';
import { startProblem } from './start-problem.ts';

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
  endOnUncaught(pinoLog(settings.logLevel));
  const colour = process.stdout.isTTY === true && !process.env['NO_COLOR'];
  const starting = args.includes('--demo')
    ? runDemo(settings, createNarrator(console.log, colour))
    : runService(settings);
  stopOnSignal(starting);
  try {
    await starting;
  } catch (error) {
    refuse(startProblem(error, settings));
  }
}

async function runService(settings: Settings): Promise<{ stop(): Promise<void> }> {
  const host = await startHost(settings, { log: pinoLog(settings.logLevel) });
  console.log(banner(host.url, settings));
  return host;
}

/** A signal that comes during the start lets it finish, so that there is something to stop in good order; a second one ends at once. */
function stopOnSignal(starting: Promise<{ stop(): Promise<void> }>): void {
  let stopping = false;
  const stop = () => {
    if (stopping) process.exit(130);
    stopping = true;
    setTimeout(() => process.exit(1), stopWithinMs).unref();
    starting
      .then((running) => running.stop())
      .then(
        () => process.exit(0),
        () => process.exit(1),
      );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

function refuse(text: string): void {
  console.error(text);
  process.exit(2);
}

// The AWS SDK tells each user of Node 20 that releases after January 2027 want Node 22; the lock file holds one that does not.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
await main(process.argv.slice(2));
