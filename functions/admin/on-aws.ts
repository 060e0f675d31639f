import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { memberOf } from '../../shared/core/outside-data.ts';
import { kmsKeyRotation } from '../../shared/keyring/kms-keyring.ts';
import { replaceSharedKey } from '../../shared/store/shared-key.ts';
import { openServices } from '../on-aws/all-services.ts';
import { functionHost } from '../on-aws/function-host.ts';
import { keysInTable } from '../on-aws/keys-in-table.ts';
import { vapidSecret } from '../on-aws/vapid-secret.ts';
import { functionSettings } from '../settings/function-settings.ts';
import type { Managed } from './commands.ts';
import { adminSettings } from './settings.ts';

/**
 * A deployed service, by what `npx cdk deploy --outputs-file FILE` wrote of its stack. Uses the AWS credentials of whoever
 * calls it.
 */
export async function openOnAws(outputsFile: string): Promise<Managed> {
  const host = functionHost({ settings: adminSettings }, await settingsIn(outputsFile));
  const services = await openServices(host);
  const { read } = host;
  const secret = vapidSecret(read(functionSettings.vapidSecretArn));
  return {
    services,
    rotation: kmsKeyRotation({
      keyArn: read(functionSettings.keyArn),
      sharedKeys: keysInTable(services.store),
      partitions: services.store.partitions,
      replace: (partition, wrapped) => replaceSharedKey(services.store, partition, wrapped),
    }),
    vapid: {
      async read() {
        const keys = await secret.read();
        if (keys === 'empty') throw new Error('The VAPID secret is empty: deploy first.');
        return keys;
      },
      write: (keys) => secret.write(keys, randomUUID()),
    },
    async close() {
      services.push.close();
      services.queues.close();
      services.store.close();
    },
  };
}

/** The settings of the one stack in the file that has an output `Admin`. */
async function settingsIn(file: string): Promise<Record<string, string>> {
  const outputs = parseOutputs(await readFile(file, 'utf8').catch(() => ''));
  const texts = typeof outputs === 'object' && outputs !== null ? Object.values(outputs) : [];
  const [text, ...more] = texts.flatMap((stack: unknown) => memberOf(stack, 'Admin') ?? []);
  if (typeof text !== 'string' || more.length > 0)
    throw new Error(
      `${file} does not hold the outputs of one deployed service. Write it: npx cdk deploy --outputs-file ${file}`,
    );
  const settings: unknown = JSON.parse(text);
  return Object.fromEntries(
    Object.entries(typeof settings === 'object' && settings !== null ? settings : {}).map(([name, value]) => [
      name,
      String(value),
    ]),
  );
}

function parseOutputs(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
