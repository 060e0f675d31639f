import { chmodSync, cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { type Clock, systemClock } from '../../../shared/core/clock.ts';
import type { Services } from '../../../shared/flows/services.ts';
import { createVapidKeys } from '../../../shared/push/vapid.ts';
import { type MailServers, startMailServers } from '../dovecot.ts';
import { collectFile } from '../logs/collected-log.ts';
import { type PushService, startPushService } from '../push-service.ts';
import { type FastTime, fastClock } from './fast-clock.ts';
import { Fleet } from './fleet.ts';
import { MailPost } from './mail-post.ts';
import { type Mailbox, MailboxOwners, makeMailbox } from './mailboxes.ts';
import { type Surroundings, startSurroundings } from './surroundings.ts';
import { openWorkerServices } from './worker-services.ts';

/** Everything the service runs with and on, and the owners of its mailboxes. */
export type FaultSite = {
  readonly dir: string;
  readonly time: FastTime;
  /** How many times longer things may take than on a quick machine. */
  readonly slowness: number;
  readonly mail: MailServers;
  readonly push: PushService;
  readonly surroundings: Surroundings;
  readonly fleet: Fleet;
  readonly owners: MailboxOwners;
  readonly post: MailPost;
  readonly mailboxes: readonly Mailbox[];
  /** Past the proxy: for what is no part of the service. */
  readonly services: Services;
  /** Through the proxy, for a part of the service that this process runs. */
  servicesOf(name: string): Promise<Services>;
  stop(): Promise<void>;
};

export type SitePlan = {
  readonly seed: number;
  readonly mailboxes: number;
  readonly isPolled: (index: number) => boolean;
  readonly filed: readonly number[];
  readonly keepIn?: string | undefined;
  /** How much faster than the machine's the service's clock goes; left out, it is found. */
  readonly factor?: number | undefined;
};

/**
 * How much faster than the machine's the service's clock is: leases of 30 s become 3 s. What runs by the machine's time,
 * like the time one IMAP command may take, stays. On a machine that is slow or busy with other things the clock goes
 * slower, so that a worker is not taken for dead because it got no processor.
 */
const fastest = 10;
const slowest = 2;
/** What it takes per mailbox to set all of this up, on a machine that bears the fastest clock. */
const quickMsPerMailbox = 20;
/** Longer than any run gets ahead: mail is never older than it is. */
const behindMs = 3_600_000;
/** From its start until a worker begins to hand over, in its own time: far less than on Lambda, that it happens here. */
const drainsAfterMs = 400_000;
const containerCapacity = 60;
const password = 'correct-horse';

export async function openFaultSite(plan: SitePlan): Promise<FaultSite> {
  const begunAt = performance.now();
  const dir = mkdtempSync(join(tmpdir(), 'coi-push-faults-'));
  const passwordFile = join(dir, 'passwords');
  // The mail server is another user, and reads it.
  chmodSync(dir, 0o755);
  const vapid = createVapidKeys();
  const mail = await startMailServers({ passwordFile });
  const push = await startPushService();
  const surroundings = await startSurroundings(dir, {
    seed: plan.seed,
    imapPort: mail.imap.port,
    mailboxes: plan.mailboxes,
  });
  const owners = new MailboxOwners(mail, passwordFile);
  const shared = { ca: [mail.ca, push.ca], vapid, keyFile: join(dir, 'master.key') };
  const servicesOf = (name: string, clock: Clock, isDirect = false) =>
    openWorkerServices(
      {
        ...shared,
        name,
        aws: surroundings.aws(isDirect ? undefined : name),
        notesFile: join(dir, `${name}.notes`),
      },
      clock,
    );
  const services = await servicesOf('owner', systemClock, true);
  const addresses = Array.from({ length: plan.mailboxes }, (_, index) => mail.user(`fault-${index}`));
  owners.setPasswords(addresses, password);
  const limit = pLimit(8);
  const mailboxes = await Promise.all(
    surroundings.imapPorts.map((imapPort, index) =>
      limit(async () => {
        const isFiled = plan.filed.includes(index);
        const isPolled = plan.isPolled(index);
        const mailbox = { index, imapPort, isPolled, isFiled };
        const made = await makeMailbox(services, mail, push, password, mailbox);
        if (isFiled) await owners.makeChats(made);
        return made;
      }),
    ),
  );
  const quickMs = quickMsPerMailbox * plan.mailboxes;
  const fitting = Math.floor((fastest * quickMs) / (performance.now() - begunAt));
  const factor = plan.factor ?? Math.max(slowest, Math.min(fastest, fitting));
  const time: FastTime = { startedAt: Date.now(), factor, behindMs };
  const fleet = new Fleet(dir, {
    ...{ ...shared, time, drainsAfterMs, capacity: containerCapacity },
    aws: (who) => surroundings.aws(who),
  });
  const post = new MailPost(mail.lmtpPort);
  return {
    slowness: fastest / factor,
    ...{ dir, time, mail, push, surroundings, fleet, owners, post, mailboxes },
    services: { ...services, clock: fastClock(time) },
    servicesOf: (name) => servicesOf(name, fastClock(time)),
    async stop() {
      post.close();
      await fleet.killAll();
      await surroundings.stop();
      await push.close();
      await mail.stop();
      for (const name of readdirSync(dir).filter((each) => /\.(?:notes|out)$/.test(each)))
        collectFile(join(dir, name));
      if (plan.keepIn !== undefined) cpSync(dir, plan.keepIn, { recursive: true });
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
