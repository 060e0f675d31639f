import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Peer, PeerSite } from './peer.ts';
import { fetchmail } from './peer-parts.ts';

/** One entry for each mailbox; what is unread would be handed on, and stays where it is. */
export const fetchmailPeer: Peer = {
  part: fetchmail,
  versionArgs: ['-V'],
  version: /release (\d+\.\d+\.\d+)/,
  does: 'looks for unread mail to hand on',
  // 1: there was no mail.
  goodCodes: [0, 1],
  check: (dir, site, users) => argumentsFor(dir, site, users, ''),
  // One process waits in one mailbox.
  idle: (dir, site, user) => argumentsFor(dir, site, [user], ' idle'),
};

async function argumentsFor(
  dir: string,
  { host, port, password, caFile }: PeerSite,
  users: readonly string[],
  more: string,
): Promise<readonly string[]> {
  const config = join(dir, 'fetchmailrc');
  const entries = users.map(
    (user, index) =>
      `poll mailbox${index} via ${host} service ${port} proto imap user "${user}" password "${password}" ` +
      `ssl sslcertfile "${caFile}" sslcertck keep mda "cat"${more}\n`,
  );
  await writeFile(config, `set no syslog\n${entries.join('')}`, { mode: 0o600 });
  return ['-f', config, '-i', join(dir, 'seen'), '--pidfile', join(dir, 'pid'), '--nodetach', '-s'];
}
