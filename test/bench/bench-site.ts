import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCertificateAuthority } from '../../functions/local/demo/certificate-authority.ts';
import { type MailServers, startMailServers } from '../support/dovecot.ts';
import { type PushService, startPushService } from '../support/push-service.ts';
import { startService } from '../support/running-service.ts';
import { type ExistsProxy, startExistsProxy } from './exists-proxy.ts';

/** The whole service as a process of its own, between a real Dovecot and a push service that decrypts. */
export type BenchSite = {
  readonly mail: MailServers;
  readonly push: PushService;
  /** Between the two: it knows when each mail was announced. */
  readonly proxy: ExistsProxy;
  readonly url: string;
  /** The mail servers as accounts name them. */
  readonly hosts: Omit<MailServers, 'imap'> & {
    readonly imap: { readonly host: string; readonly port: number };
  };
  stop(): Promise<void>;
};

export async function startBenchSite(): Promise<BenchSite> {
  const dir = await mkdtemp(join(tmpdir(), 'coi-push-bench-'));
  const [mail, push, authority] = await Promise.all([
    startMailServers(),
    startPushService(),
    createCertificateAuthority(),
  ]);
  const proxy = await startExistsProxy({
    ...(await authority.issue(['localhost'])),
    imapPort: mail.imap.starttlsPort,
  });
  await writeFile(join(dir, 'ca.pem'), [mail.ca, push.ca, authority.ca].join('\n'));
  const service = await startService({
    DATA_DIR: join(dir, 'data'),
    ALLOW_PRIVATE_HOSTS: '127.0.0.0/8,::1/128',
    NODE_EXTRA_CA_CERTS: join(dir, 'ca.pem'),
  });
  return {
    ...{ mail, push, proxy, url: service.url },
    hosts: { ...mail, imap: { host: 'localhost', port: proxy.port } },
    async stop() {
      await service.stop();
      await Promise.all([proxy.close(), push.close(), mail.stop()]);
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** The UID that a push tells of. In a new mailbox, UIDs are sequence numbers too. */
export function uidOf(payload: Buffer): number | undefined {
  const parsed: unknown = JSON.parse(payload.toString('utf8'));
  const uid = typeof parsed === 'object' && parsed !== null && 'uid' in parsed ? parsed.uid : undefined;
  return typeof uid === 'number' ? uid : undefined;
}
