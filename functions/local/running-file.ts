import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AwsAddress } from '../../shared/core/aws-client.ts';
import { memberOf } from '../../shared/core/outside-data.ts';
import type { Embedded } from './embedded/open-embedded.ts';

const fileIn = (dataDir: string) => join(dataDir, 'running.json');

/** Notes where the embedded parts of the running service are, for commands of its operator: readable by its owner alone. */
export async function writeRunning(dataDir: string, { store, queues }: Embedded): Promise<void> {
  await writeFile(fileIn(dataDir), JSON.stringify({ store, queues }), { mode: 0o600 });
}

export async function removeRunning(dataDir: string): Promise<void> {
  await rm(fileIn(dataDir), { force: true });
}

/** The parts of the service that runs on this folder; undefined when none does. A kill leaves the file behind. */
export async function readRunning(dataDir: string): Promise<Pick<Embedded, 'store' | 'queues'> | undefined> {
  const text = await readFile(fileIn(dataDir), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const written: unknown = JSON.parse(text);
  const [store, queues] = [memberOf(written, 'store'), memberOf(written, 'queues')];
  const address = addressIn(store);
  const answers = await fetch(textIn(store, 'endpoint'), {
    method: 'HEAD',
    signal: AbortSignal.timeout(2_000),
  }).then(
    () => true,
    () => false,
  );
  if (!answers) return undefined;
  const urls = memberOf(queues, 'urls');
  const [poll, push, send] = [textIn(urls, 'poll'), textIn(urls, 'push'), textIn(urls, 'send')];
  return {
    store: {
      ...address,
      tableName: textIn(store, 'tableName'),
      partitions: Number(memberOf(store, 'partitions')),
    },
    queues: { ...addressIn(queues), urls: { poll, push, send } },
  };
}

function addressIn(written: unknown): AwsAddress {
  const credentials = memberOf(written, 'credentials');
  return {
    endpoint: textIn(written, 'endpoint'),
    region: textIn(written, 'region'),
    credentials: {
      accessKeyId: textIn(credentials, 'accessKeyId'),
      secretAccessKey: textIn(credentials, 'secretAccessKey'),
    },
  };
}

function textIn(written: unknown, name: string): string {
  const text = memberOf(written, name);
  if (typeof text !== 'string') throw new Error('running.json is not as it was written: delete it');
  return text;
}
