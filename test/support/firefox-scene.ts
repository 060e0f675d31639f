import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiClient, signIn } from './api-client.ts';
import { type Autopush, startAutopush } from './autopush.ts';
import { type Firefox, startFirefox } from './firefox.ts';
import { sharedMail } from './mail-site.ts';
import { type RunningService, startService } from './running-service.ts';

/** A Firefox with Mozilla's push service, and the service as a process, with somebody signed in. */
export type FirefoxScene = {
  readonly autopush: Autopush;
  readonly firefox: Firefox;
  readonly service: RunningService;
  readonly address: string;
  readonly alice: ApiClient;
  close(): Promise<void>;
};

export async function startFirefoxScene(): Promise<FirefoxScene> {
  const dir = await mkdtemp(join(tmpdir(), 'coi-push-firefox-'));
  const autopush = await startAutopush();
  const mail = sharedMail();
  await writeFile(join(dir, 'ca.pem'), `${mail.ca}\n${autopush.ca}`);
  const [firefox, service] = await Promise.all([
    startFirefox({ 'dom.push.serverURL': autopush.webSocketUrl }),
    startService({
      DATA_DIR: join(dir, 'data'),
      ALLOW_PRIVATE_HOSTS: '127.0.0.0/8,::1/128',
      NODE_EXTRA_CA_CERTS: join(dir, 'ca.pem'),
      LOG_LEVEL: 'warn',
    }),
  ]);
  const address = mail.newAddress('alice');
  return {
    ...{ autopush, firefox, service, address },
    alice: await signIn(service.url, mail, address),
    async close() {
      await firefox.close();
      await service.stop();
      await autopush.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
