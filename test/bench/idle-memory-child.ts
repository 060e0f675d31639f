import { once } from 'node:events';
import { ImapFlow } from 'imapflow';
import pLimit from 'p-limit';
import { openMailSession } from '../../shared/imap/mail-session.ts';
import { createAddressGuard } from '../../shared/net/address-guard.ts';
import { trustStore } from '../../shared/net/trust-store.ts';
import type { MailSite } from '../support/dovecot.ts';

type Task = { readonly site: MailSite; readonly n: number; readonly kind: 'ours' | 'imapflow' };

/** Opens one waiting connection, or throws. */
type Wait = (user: string) => Promise<void>;

// Should the bench end early, so does this process.
process.once('disconnect', () => process.exit());

/** Started by `idle-memory.ts`: takes one task, tells two readings, and waits to be ended. */
process.once('message', (task: Task) => {
  void measure(task).then((reading) => process.send?.(reading));
});

async function measure({ site, n, kind }: Task): Promise<{ before: number; after: number }> {
  const wait = kind === 'ours' ? ourWait(site) : plainWait(site);
  // The first connections load code and warm it up; that belongs to no connection.
  for (let index = 0; index < 5; index++) await wait(`bench-idle-warm-${index}@example.test`);
  const before = await settledMemory();
  const limit = pLimit(20);
  await Promise.all(
    Array.from({ length: n }, (_, index) => limit(() => wait(`bench-idle-${index}@example.test`))),
  );
  return { before, after: await settledMemory() };
}

/** Resident memory when a collection finds no more to give back. */
async function settledMemory(): Promise<number> {
  let lowest = Number.POSITIVE_INFINITY;
  for (let calm = 0; calm < 3; ) {
    globalThis.gc?.();
    await once(AbortSignal.timeout(200), 'abort');
    const { rss } = process.memoryUsage();
    calm = rss < lowest * 0.99 ? 0 : calm + 1;
    lowest = Math.min(lowest, rss);
  }
  return lowest;
}

function ourWait({ imap, ca, password }: MailSite): Wait {
  const network = {
    guard: createAddressGuard({ allowPrivateHosts: ['127.0.0.0/8', '::1/128'] }),
    trust: trustStore([ca]),
  };
  return async (user) => {
    const { signal } = new AbortController();
    const login = { host: imap.host, port: imap.port, tls: 'implicit', user, password } as const;
    const session = await openMailSession(login, network, { deadlineMs: 30_000 });
    await session.open('INBOX', 'read');
    session.idle({ renewAfterMs: 600_000, signal }).catch(() => process.exit(1));
  };
}

function plainWait({ imap, ca, password }: MailSite): Wait {
  const secureContext = trustStore([ca]).context;
  return async (user) => {
    const client = new ImapFlow({
      ...{ host: imap.host, port: imap.port, secure: true, logger: false },
      auth: { user, pass: password },
      tls: { secureContext },
    });
    client.on('error', () => process.exit(1));
    await client.connect();
    await client.mailboxOpen('INBOX', { readOnly: true });
    client.idle().catch(() => process.exit(1));
  };
}
