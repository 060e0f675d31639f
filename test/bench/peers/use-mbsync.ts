import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Peer, PeerSite } from './peer.ts';
import { mbsync } from './peer-parts.ts';

/** One channel for each mailbox, and all channels at once: `mbsync -a`. */
export const mbsyncPeer: Peer = {
  part: mbsync,
  versionArgs: ['--version'],
  version: /isync (\S+)/,
  does: 'compares INBOX with a Maildir',
  goodCodes: [0],
  async check(dir, site, users) {
    await mkdir(join(dir, 'mail'), { recursive: true });
    const config = join(dir, 'mbsyncrc');
    const channels = users.map((user, index) => channel(site, user, index));
    await writeFile(config, `${store(dir)}${channels.join('')}`, { mode: 0o600 });
    return ['-c', config, '-a', '-q'];
  },
};

function store(dir: string): string {
  return `MaildirStore near
Path ${dir}/mail/
Inbox ${dir}/mail/INBOX
SubFolders Verbatim
`;
}

function channel({ host, port, password, caFile }: PeerSite, user: string, index: number): string {
  return `
IMAPAccount account${index}
Host ${host}
Port ${port}
User ${user}
Pass ${password}
SSLType IMAPS
SystemCertificates no
CertificateFile ${caFile}

IMAPStore far${index}
Account account${index}

Channel channel${index}
Far :far${index}:INBOX
Near :near:mailbox${index}
Create Near
Sync Pull
SyncState *
`;
}
