import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StdioDeltaChat } from '@deltachat/jsonrpc-client';
import { getRPCServerPath } from '@deltachat/stdio-rpc-server';
import { Delta, type DeltaOptions } from './delta.ts';

export type DeltaChat = {
  readonly pid: number | undefined;
  /** Configures an account of a mailbox and waits until it listens there. Some 0.5 s. */
  newDelta(options: DeltaOptions): Promise<Delta>;
  stop(): Promise<void>;
};

/**
 * A real Delta Chat core with room for any number of accounts. It ends with this process, however that ends: it reads
 * its standard input, which then does.
 */
export function startDeltaChat(): DeltaChat {
  const dir = mkdtempSync(join(tmpdir(), 'coi-push-delta-'));
  const child = spawn(getRPCServerPath({ disableEnvPath: true }), {
    env: { DC_ACCOUNTS_PATH: join(dir, 'accounts') },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child.stdin.on('error', () => undefined);
  // The client joins chunks as text; without this a character across two of them would break.
  child.stdout.setEncoding('utf8');
  const chat = new StdioDeltaChat(child.stdin, child.stdout, true);
  return {
    pid: child.pid,
    newDelta: (options) => Delta.open(chat, options),
    async stop() {
      await end(child);
      rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
