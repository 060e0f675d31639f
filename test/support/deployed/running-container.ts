import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { collectOutput } from '../logs/collected-log.ts';
import type { DeployedStack } from './deployed-stack.ts';

export type RunningContainer = {
  /** The events that it logged so far, by name. */
  events(): readonly string[];
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
    events: () => [...said.matchAll(/"event":"([^"]+)"/g)].map(([, name]) => name ?? ''),
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
