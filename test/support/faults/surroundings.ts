import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { QueuesOptions } from '../../../shared/queue/queues.ts';
import type { StoreOptions } from '../../../shared/store/client.ts';
import { killChild, startChild } from './child.ts';
import type { Addresses, Command, Reply, SurroundingsTask } from './surroundings-process.ts';

export type Aws = { readonly store: StoreOptions; readonly queues: QueuesOptions };

/** The process that the workers' surroundings are in, and what its proxies can be told. */
export type Surroundings = {
  readonly imapPorts: readonly number[];
  /** For a process of this name: its requests pass the proxy. Undefined: past the proxy. */
  aws(who: string | undefined): Aws;
  /** How many connections it met, where it is about some. */
  tell(command: Exclude<Command, { kind: 'silent' | 'requests' }>): Promise<number>;
  /** Mailboxes with half-open connections. */
  silent(): Promise<readonly number[]>;
  /** To the database and the queues, so far. */
  requests(): Promise<{ readonly passed: number; readonly troubled: number }>;
  stop(): Promise<void>;
};

/** Few enough to be read each minute of a fast clock, and more than there are workers. */
const partitions = 16;

export async function startSurroundings(dir: string, task: SurroundingsTask): Promise<Surroundings> {
  const printTo = join(dir, 'surroundings.out');
  const child = startChild('./surroundings-process.ts', { printTo });
  let isStopping = false;
  const waiting: { resolve(reply: Reply): void; reject(error: Error): void }[] = [];
  child.on('message', (reply: Reply) => waiting.shift()?.resolve(reply));
  child.once('exit', () => {
    const said = isStopping ? '' : readFileSync(printTo, 'utf8');
    for (const { reject } of waiting) reject(new Error(`the surroundings ended:\n${said}`));
  });
  // Replies come in the order of the commands.
  const ask = (message: SurroundingsTask | Command) =>
    new Promise<Reply>((resolve, reject) => {
      waiting.push({ resolve, reject });
      child.send(message);
    });
  const ready = await ask(task);
  if (ready.kind !== 'ready') throw new Error('the surroundings did not start');
  return {
    imapPorts: ready.imapPorts,
    aws: (who) => awsFor(ready.addresses, who),
    async tell(command) {
      const reply = await ask(command);
      return reply.kind === 'done' ? reply.count : 0;
    },
    async silent() {
      const reply = await ask({ kind: 'silent' });
      return reply.kind === 'silent' ? reply.mailboxes : [];
    },
    async requests() {
      const reply = await ask({ kind: 'requests' });
      return reply.kind === 'requests' ? reply.requests : { passed: 0, troubled: 0 };
    },
    async stop() {
      isStopping = true;
      await killChild(child);
    },
  };
}

function awsFor(addresses: Addresses, who: string | undefined): Aws {
  const { region, dynamoCredentials, sqsCredentials, proxyPort } = addresses;
  const base = `http://127.0.0.1:${proxyPort}/${who}`;
  return {
    store: {
      endpoint: who === undefined ? addresses.directDynamo : `${base}/dynamo`,
      region,
      credentials: dynamoCredentials,
      tableName: addresses.tableName,
      partitions,
    },
    queues: {
      endpoint: who === undefined ? addresses.directSqs : `${base}/sqs`,
      region,
      credentials: sqsCredentials,
      urls: addresses.queueUrls,
    },
  };
}
