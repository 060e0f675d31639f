import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';

/**
 * A process of this test, which dies with it, even while it is stopped. What it prints goes to a file. Tasks and replies
 * go by its channel.
 *
 * @param options.isBundled it is JavaScript already, which starts in a fraction of the time
 */
export function startChild(
  script: string,
  options: { readonly printTo: string; readonly isBundled?: boolean },
): ChildProcess {
  const print = openSync(options.printTo, 'a');
  const entry = new URL(script, import.meta.url).pathname;
  return spawn(
    'setpriv',
    [
      '--pdeathsig',
      'KILL',
      process.execPath,
      ...(options.isBundled ? [] : ['--trace-warnings', '--import', 'tsx']),
      entry,
    ],
    {
      cwd: new URL('../../..', import.meta.url).pathname,
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        // What is printed is told as a crash.
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      },
      stdio: ['ignore', print, print, 'ipc'],
    },
  );
}

export function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** SIGKILL, which a stopped process obeys too. */
export async function killChild(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
