import { ImapFlow } from 'imapflow';
import pLimit from 'p-limit';
import { openMailSession } from '../../shared/imap/mail-session.ts';
import { createAddressGuard } from '../../shared/net/address-guard.ts';
import { trustStore } from '../../shared/net/trust-store.ts';
import type { MailSite } from '../support/dovecot.ts';
import { startFlightCounter } from './flight-counter.ts';
import { quantile } from './machine.ts';

export type CheckFigures = {
  /** Checks per second of this process's CPU: median, lowest and highest of the rounds. */
  readonly perCpuSecond: { readonly median: number; readonly lowest: number; readonly highest: number };
  readonly cpuMs: number;
  /** Times the client waits for an answer in one check, TLS and greeting included, TCP's own handshake not. */
  readonly roundTrips: number;
};

type Check = (port: number, user: string) => Promise<void>;

const rounds = 5;
const lanes = 20;

/**
 * What one brief check of a mailbox costs (connect, log in, STATUS of INBOX, leave): ours beside imapflow as it comes,
 * in turns and in the same run.
 *
 * @param n checks of each kind and round
 */
export async function benchChecks(
  site: MailSite,
  n: number,
): Promise<{ readonly ours: CheckFigures; readonly imapflow: CheckFigures }> {
  const checks = { ours: ourCheck(site), imapflow: plainCheck(site) };
  const users = Array.from({ length: lanes }, (_, index) => `bench-check-${index}@example.test`);
  for (const check of Object.values(checks)) await runChecks(check, site.imap.port, users, lanes * 2);
  const cpuMs = { ours: [] as number[], imapflow: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    for (const kind of ['imapflow', 'ours'] as const) {
      cpuMs[kind].push(await runChecks(checks[kind], site.imap.port, users, n));
    }
  }
  const figures = async (kind: 'ours' | 'imapflow'): Promise<CheckFigures> => {
    const perCpuSecond = cpuMs[kind].map((ms) => Math.round(1000 / ms));
    return {
      perCpuSecond: {
        median: quantile(perCpuSecond, 0.5),
        lowest: Math.min(...perCpuSecond),
        highest: Math.max(...perCpuSecond),
      },
      cpuMs: quantile(cpuMs[kind], 0.5),
      roundTrips: await roundTripsOf(checks[kind], site, users[0] ?? ''),
    };
  };
  return { ours: await figures('ours'), imapflow: await figures('imapflow') };
}

/** CPU of this process per check, in ms. */
async function runChecks(check: Check, port: number, users: readonly string[], n: number): Promise<number> {
  const limit = pLimit(lanes);
  const before = process.cpuUsage();
  await Promise.all(
    Array.from({ length: n }, (_, index) => limit(() => check(port, users[index % users.length] ?? ''))),
  );
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / n;
}

async function roundTripsOf(check: Check, site: MailSite, user: string): Promise<number> {
  const counter = await startFlightCounter(site.imap.port);
  await check(counter.port, user);
  await counter.close();
  return counter.take();
}

function ourCheck({ imap, ca, password }: MailSite): Check {
  const network = {
    guard: createAddressGuard({ allowPrivateHosts: ['127.0.0.0/8', '::1/128'] }),
    trust: trustStore([ca]),
  };
  return async (port, user) => {
    const login = { host: imap.host, port, tls: 'implicit', user, password } as const;
    const session = await openMailSession(login, network, { deadlineMs: 30_000 });
    await session.status('INBOX');
    session.close();
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
    await client.status('INBOX', { uidNext: true, uidValidity: true, messages: true });
    await client.logout();
  };
}
