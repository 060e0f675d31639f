import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { collectOutput } from '../logs/collected-log.ts';
import type { DeployedStack } from './deployed-stack.ts';

export type RunningContainer = {
  /** Whether it has told that it is there. */
  isStarted(): boolean;
  /** To how many accounts it was connected when it took their partitions. */
  accounts(): number;
  /** As Fargate stops it. Resolves with its exit code. */
  stop(): Promise<number | null>;
  kill(): void;
};

/** The container of the stack as a process here: its own file, with its own environment and nothing else of ours. */
export function runContainer(
  stack: DeployedStack,
  options: { readonly node: string; readonly environment: Readonly<Record<string, string>> },
): RunningContainer {
  const { code, environment } = stack.container();
  const child = spawn(options.node, [code], {
    env: { PATH: process.env['PATH'], ...environment, ...options.environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  let said = '';
  collectOutput(child);
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  return {
    isStarted: () => said.includes('"event":"worker-started"'),
    accounts: () =>
      [...said.matchAll(/"accounts":(\d+),"generation":\d+,"event":"partition-taken"/g)].reduce(
        (sum, [, count]) => sum + Number(count),
        0,
      ),
    async stop() {
      child.kill('SIGTERM');
      await exited;
      return child.exitCode;
    },
    kill() {
      child.kill('SIGKILL');
    },
  };
}
