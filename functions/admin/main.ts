import { silentLog } from '../../shared/core/log.ts';
import { readSettings } from '../local/settings.ts';
import { type Command, commands, type Managed, problemOf } from './commands.ts';
import { openOnAws } from './on-aws.ts';
import { openOnThisMachine } from './on-this-machine.ts';

const usage = `Usage: npm run admin -- [--aws OUTPUTS] COMMAND

For the service in DATA_DIR on this machine, running or not; with --aws for a deployed one, by the file that
"npx cdk deploy --outputs-file OUTPUTS" wrote. Accounts are named by their ids.

${Object.values(commands)
  .map(({ usage: call, does }) => `  ${call.padEnd(24)} ${does}`)
  .join('\n')}
`;

/** @returns the exit code: 0 when all was well, 1 when something was not, 2 for a call that makes no sense */
async function main(args: readonly string[]): Promise<number> {
  const isAws = args[0] === '--aws';
  const [name, ...rest] = isAws ? args.slice(2) : args;
  const command = name === undefined || !Object.hasOwn(commands, name) ? undefined : commands[name];
  if (command === undefined || (isAws && args[1] === undefined)) {
    console.error(
      name === undefined || name === '--help' ? usage : `There is no command "${name}".\n\n${usage}`,
    );
    return name === '--help' ? 0 : 2;
  }
  return runOn(isAws ? args[1] : undefined, command, rest);
}

async function runOn(
  outputs: string | undefined,
  command: Command,
  args: readonly string[],
): Promise<number> {
  let managed: Managed | undefined;
  try {
    managed = outputs === undefined ? await openHere() : await openOnAws(outputs);
    return (await command.run(managed, args, console.log)) ? 0 : 1;
  } catch (error) {
    console.error(problemOf(error));
    return 1;
  } finally {
    await managed?.close();
  }
}

async function openHere(): Promise<Managed> {
  const read = readSettings(process.env);
  if (!read.ok) throw new Error(`These settings are not right: ${read.faults.join('; ')}`);
  return openOnThisMachine(read.settings, silentLog);
}

// As in functions/local/main.ts.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
process.exitCode = await main(process.argv.slice(2));
