import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ImapFlow } from 'imapflow';
import pLimit from 'p-limit';
import { systemClock } from '../../shared/core/clock.ts';
import { silentLog } from '../../shared/core/log.ts';
import { silentMetrics } from '../../shared/core/metrics.ts';
import { parseAdmission } from '../../shared/flows/accounts/admission-list.ts';
import { sealCredentials } from '../../shared/flows/accounts/credentials.ts';
import { NewsBell } from '../../shared/flows/changes/news-bell.ts';
import { connectionPlaces } from '../../shared/flows/mailbox/open-mailbox.ts';
import type { Services } from '../../shared/flows/services.ts';
import { checkAccount } from '../../shared/flows/watch/check-account.ts';
import { HostCircuits } from '../../shared/flows/watch/host-circuits.ts';
import { openMailSession } from '../../shared/imap/mail-session.ts';
import { fileKeyring } from '../../shared/keyring/file-keyring.ts';
import { createAddressGuard } from '../../shared/net/address-guard.ts';
import { trustStore } from '../../shared/net/trust-store.ts';
import { createPushClient } from '../../shared/push/push-client.ts';
import { createVapidKeys } from '../../shared/push/vapid.ts';
import { openQueues } from '../../shared/queue/queues.ts';
import { openStore } from '../../shared/store/client.ts';
import { noDiscovery } from '../support/api-host.ts';
import type { MailSite } from '../support/dovecot.ts';
import { exampleAccount } from '../support/store-examples.ts';

export type CheckKind = 'ours' | 'ours-with-list' | 'ours-flow' | 'imapflow';
export type CheckTask =
  | { readonly site: MailSite; readonly kind: CheckKind; readonly users: readonly string[] }
  | { readonly checks: number }
  | { readonly port: number };

type Check = (port: number, user: string) => Promise<void>;

const lanes = 20;
let site: MailSite | undefined;
let users: readonly string[] = [];
let check: Check = async () => undefined;

// Should the bench end early, so does this process.
process.once('disconnect', () => process.exit());

/** Started by `imap-checks.ts`: told what to do first, then how many checks to make and told of; answers CPU ms of each. */
process.on('message', (task: CheckTask) => {
  void answer(task).then((figure) => process.send?.(figure));
});

async function answer(task: CheckTask): Promise<number> {
  if ('kind' in task) {
    ({ site, users } = task);
    check = await checkOf(task.kind, task.site);
    return 0;
  }
  if ('port' in task) {
    await check(task.port, users[0] ?? '');
    return 0;
  }
  const port = site?.imap.port ?? 0;
  const limit = pLimit(lanes);
  const before = process.cpuUsage();
  await Promise.all(
    Array.from({ length: task.checks }, (_, i) => limit(() => check(port, users[i % users.length] ?? ''))),
  );
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / task.checks;
}

function checkOf(kind: CheckKind, at: MailSite): Promise<Check> | Check {
  switch (kind) {
    case 'imapflow':
      return plainCheck(at);
    case 'ours-flow':
      return flowCheck(at);
    default:
      return ourCheck(at, kind === 'ours-with-list');
  }
}

function networkOf({ ca }: MailSite) {
  return {
    guard: createAddressGuard({ allowPrivateHosts: ['127.0.0.0/8', '::1/128'] }),
    trust: trustStore([ca]),
  };
}

function ourCheck(at: MailSite, withList: boolean): Check {
  const network = networkOf(at);
  return async (port, user) => {
    const login = { host: at.imap.host, port, tls: 'implicit', user, password: at.password } as const;
    const session = await openMailSession(login, network, { deadlineMs: 30_000 });
    if (withList) await session.listNames();
    await session.open('INBOX', 'read');
    session.close();
  };
}

/** The flow of a scheduled poll as it is. A check with nothing new asks nothing of the store, so that leads nowhere here. */
async function flowCheck(at: MailSite): Promise<Check> {
  const nowhere = {
    endpoint: 'http://127.0.0.1:9',
    region: 'us-east-1',
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
  };
  const network = networkOf(at);
  const dir = await mkdtemp(join(tmpdir(), 'coi-push-bench-'));
  const keyring = await fileKeyring(join(dir, 'master.key'));
  await rm(dir, { recursive: true });
  const vapid = createVapidKeys();
  const urls = { poll: '', push: '', send: '' };
  const store = openStore({ ...nowhere, tableName: 'none', partitions: 1 });
  const services: Services = {
    clock: systemClock,
    log: silentLog,
    metrics: silentMetrics,
    store,
    queues: openQueues({ ...nowhere, urls }),
    keyring,
    ...network,
    // What is measured is a check, not the pace at which hosts are asked.
    circuits: new HostCircuits(
      { clock: systemClock, log: silentLog, metrics: silentMetrics, store },
      { loginsPerMinute: () => Number.POSITIVE_INFINITY },
    ),
    news: new NewsBell(),
    connections: connectionPlaces(),
    push: createPushClient({ ...network, vapid, subject: 'mailto:bench@example.org', clock: systemClock }),
    vapid,
    oauth: { providers: async () => new Map() },
    admission: parseAdmission('*', 1),
    limitsReached: new Map(),
    discovery: noDiscovery,
    hostWatch: { setting: 'poll', autoMeans: 'idle' },
    activeAccounts: new Map(),
    lastChecks: new Map(),
    retentionMs: 1,
  };
  const prepared = new Map<string, ReturnType<typeof prepare>>();
  async function prepare(port: number, user: string) {
    const host = { host: at.imap.host, port, tls: 'implicit', user } as const;
    const session = await openMailSession({ ...host, password: at.password }, network, {
      deadlineMs: 30_000,
    });
    const { uidValidity, uidNext = 1 } = await session.open('INBOX', 'read');
    session.close();
    const account = exampleAccount({
      id: user,
      email: user,
      imap: host,
      ...(await sealCredentials(services, user, { password: at.password })),
    });
    return {
      account,
      watch: {
        accountId: user,
        host: at.imap.host,
        mode: 'auto',
        lastActivityAt: 0,
        lastMessageAt: undefined,
        folders: { INBOX: { uidValidity, uidNext } },
        filed: undefined,
        changedAt: undefined,
        news: { all: 0, contacts: 0 },
      },
    } as const;
  }
  return async (port, user) => {
    const key = `${port} ${user}`;
    const preparing = prepared.get(key) ?? prepare(port, user);
    prepared.set(key, preparing);
    const { account, watch } = await preparing;
    await checkAccount(services, account, watch);
  };
}

/** As its documentation shows it; the trusted CA is given in the cheaper of the two ways. */
function plainCheck({ imap, ca, password }: MailSite): Check {
  const secureContext = trustStore([ca]).context;
  return async (port, user) => {
    const client = new ImapFlow({
      ...{ host: imap.host, port, secure: true, logger: false },
      auth: { user, pass: password },
      tls: { secureContext },
    });
    await client.connect();
    await client.mailboxOpen('INBOX', { readOnly: true });
    await client.logout();
  };
}
