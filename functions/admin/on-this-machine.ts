import { writeFile } from 'node:fs/promises';
import type { Log } from '../../shared/core/log.ts';
import { fileKeyRotation } from '../../shared/keyring/file-keyring.ts';
import { vapidText } from '../../shared/push/vapid.ts';
import { openEmbedded } from '../local/embedded/open-embedded.ts';
import { keyFiles, openLocalServices } from '../local/local-services.ts';
import { readRunning } from '../local/running-file.ts';
import type { Settings } from '../local/settings.ts';
import { loadVapidKeys } from '../local/vapid-file.ts';
import type { Managed } from './commands.ts';

/** The service on this machine: the one that runs on the data folder, else the folder itself. */
export async function openOnThisMachine(settings: Settings, log: Log): Promise<Managed> {
  const files = keyFiles(settings.dataDir);
  const { parts, leave } = await findParts(settings.dataDir);
  const { services, close } = await openLocalServices(settings, parts, { log });
  return {
    services,
    rotation: fileKeyRotation(files.master),
    vapid: {
      read: () => loadVapidKeys(files.vapid),
      write: (keys) => writeFile(files.vapid, vapidText(keys), { mode: 0o600 }),
    },
    async close() {
      close();
      await leave();
    },
  };
}

/** The table and the queues of the running service, or opened for as long as the command runs. */
async function findParts(dataDir: string) {
  const running = await readRunning(dataDir);
  if (running !== undefined) return { parts: running, leave: async () => undefined };
  const opened = await openEmbedded({ dir: `${dataDir}/table` });
  return { parts: opened, leave: () => opened.stop() };
}
