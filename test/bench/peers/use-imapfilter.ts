import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Peer, PeerSite } from './peer.ts';
import { imapfilter } from './peer-parts.ts';

/** One account for each mailbox, all in one Lua file. */
export const imapfilterPeer: Peer = {
  part: imapfilter,
  versionArgs: ['-V'],
  version: /IMAPFilter (\S+)/,
  does: 'searches INBOX for unread mail',
  goodCodes: [0],
  check: (dir, site, users) =>
    argumentsFor(
      dir,
      site,
      `for _, user in ipairs{${users.map(quoted).join(', ')}} do\n  unread(user)\nend\n`,
    ),
  // One process waits in one mailbox.
  idle: (dir, site, user) =>
    argumentsFor(
      dir,
      site,
      `local box = account(${quoted(user)}).INBOX\nwhile true do box:enter_idle() end\n`,
    ),
};

async function argumentsFor(
  dir: string,
  { host, port, password, caFile }: PeerSite,
  work: string,
): Promise<readonly string[]> {
  const config = join(dir, 'config.lua');
  const lua = `options.info = false
options.certificates = true
options.timeout = 60

function account(user)
  return IMAP{server = ${quoted(host)}, port = ${port}, username = user, password = ${quoted(password)}, ssl = 'auto'}
end

function unread(user)
  return account(user).INBOX:is_unseen()
end

${work}`;
  await writeFile(config, lua, { mode: 0o600 });
  return ['-c', config, '-t', caFile];
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
