import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MailSite } from '../../support/dovecot.ts';
import { provideParts } from '../../support/provide-parts.ts';
import { quantile } from '../machine.ts';
import type { Peer, PeerSite } from './peer.ts';
import { type PeerProgram, programOf } from './peer-parts.ts';
import { runPeer } from './run-peer.ts';
import { fetchmailPeer } from './use-fetchmail.ts';
import { imapfilterPeer } from './use-imapfilter.ts';
import { mbsyncPeer } from './use-mbsync.ts';
import { waitingMemory } from './waiting-memory.ts';

export type PeerFigures = {
  readonly name: string;
  readonly version: string;
  /** What one check does there. */
  readonly does: string;
  /** Per second of its CPU, the median of the rounds. */
  readonly checksPerCpuSecond: number;
  /** Bytes of its own memory for one mailbox that it waits in; undefined where it cannot wait. */
  readonly perWaiting: number | undefined;
};

const peers: readonly Peer[] = [mbsyncPeer, fetchmailPeer, imapfilterPeer];
/** CPU is told in hundredths of a second. */
const mailboxes = 300;
const rounds = 3;
const waiting = 10;

/** What other programs need for the same mailboxes, each as its authors mean it to be used. Those that cannot be had are left out. */
export async function benchPeers(
  site: MailSite,
  progress: (line: string) => void,
): Promise<readonly PeerFigures[]> {
  const missing = provideParts(
    peers.map(({ part }) => part),
    progress,
  );
  const dir = await mkdtemp(join(tmpdir(), 'coi-push-peers-'));
  const found: PeerFigures[] = [];
  try {
    const caFile = join(dir, 'ca.pem');
    await writeFile(caFile, site.ca);
    const where = { host: site.imap.host, port: site.imap.port, password: site.password, caFile };
    for (const peer of peers) {
      const program = programOf(peer.part);
      if (program === undefined || missing.includes(peer.part)) continue;
      const folder = join(dir, peer.part.name);
      await mkdir(folder);
      found.push(await figuresOf(peer, program, folder, where));
      progress(`${peer.part.name}: ${found.at(-1)?.checksPerCpuSecond.toFixed(0)} checks per CPU-second`);
    }
    return found;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** @throws Error when a check failed: what is not done costs nothing */
async function figuresOf(
  peer: Peer,
  program: PeerProgram,
  dir: string,
  site: PeerSite,
): Promise<PeerFigures> {
  const users = Array.from({ length: mailboxes }, (_, index) => `peer-${index}@example.test`);
  const args = await peer.check(dir, site, users);
  const perSecond: number[] = [];
  // The first round makes the mailboxes, there and here.
  for (let round = 0; round <= rounds; round++) {
    const { code, cpuMs } = await runPeer(dir, program, args);
    if (!peer.goodCodes.includes(code)) {
      const said = await readFile(join(dir, 'output'), 'utf8');
      throw new Error(`${peer.part.name} ended with ${code}: ${said.slice(-500)}`);
    }
    if (round > 0) perSecond.push((users.length * 1000) / cpuMs);
  }
  return {
    name: peer.part.name,
    version: await versionOf(peer, program, dir),
    does: peer.does,
    checksPerCpuSecond: quantile(perSecond, 0.5),
    perWaiting: peer.idle && (await waitingMemory(peer.idle, program, dir, site, waiting)),
  };
}

async function versionOf(peer: Peer, program: PeerProgram, dir: string): Promise<string> {
  await runPeer(dir, program, peer.versionArgs);
  return peer.version.exec(await readFile(join(dir, 'output'), 'utf8'))?.[1] ?? 'unknown';
}
