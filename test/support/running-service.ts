import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { collectOutput } from './logs/collected-log.ts';

/** `npm start` as a child process of its own, so that a test can kill it the hard way. */
export type RunningService = {
  readonly url: string;
  /** Everything it printed so far. */
  output(): string;
  /** SIGKILL, and waits until the process is gone. */
  kill(): Promise<void>;
  /** SIGINT, as Ctrl-C sends it; gives the exit code. It is 0 only when all ended within five seconds: the service sees to that. */
  stop(): Promise<number | null>;
};

export async function startService(
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): Promise<RunningService> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'functions/local/main.ts', ...args], {
    cwd: new URL('../..', import.meta.url).pathname,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  // What a demonstration says of its own two mailboxes, and help, is no log; of those that are, each line is an object.
  collectOutput(child, args.length === 0 ? undefined : (line) => line.startsWith('{'));
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const url = await listeningAt(child, () => output);
  const gone = once(child, 'exit');
  // A test that fails before its end leaves no service behind.
  process.once('exit', () => child.kill('SIGKILL'));
  return {
    url,
    output: () => output,
    async kill() {
      child.kill('SIGKILL');
      await gone;
    },
    async stop() {
      child.kill('SIGINT');
      await gone;
      return child.exitCode;
    },
  };
}

/** The address from the banner, once it answers. */
async function listeningAt(child: ChildProcess, output: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    const look = () => {
      const url = /https?:\/\/(?:localhost|127\.0\.0\.1):\d+/.exec(output())?.[0];
      if (url !== undefined) resolve(url);
    };
    child.stdout?.on('data', look);
    child.once('exit', (code) => reject(new Error(`the service ended with ${code}:\n${output()}`)));
  });
}
