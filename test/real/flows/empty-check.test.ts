import { ImapFlow } from 'imapflow';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../../shared/core/limits.ts';
import { sealCredentials } from '../../../shared/flows/accounts/credentials.ts';
import type { Services } from '../../../shared/flows/services.ts';
import { checkAccount } from '../../../shared/flows/watch/check-account.ts';
import { updateAccount } from '../../../shared/store/account.ts';
import type { Account } from '../../../shared/store/items.ts';
import { startFlightCounter } from '../../bench/flight-counter.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { chatMail } from '../../support/chat-mail.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';
import {
  folderLines,
  type Script,
  type ScriptedImap,
  startScriptedImap,
} from '../../support/scripted-imap.ts';
import { check, mailboxAccount, watchOf } from '../../support/watched-account.ts';

let host: ApiHost;
let services: Services;
const servers: ScriptedImap[] = [];

beforeAll(async () => {
  host = await startApiHost({ ca: hasMailServers ? [sharedMail().ca] : [] });
});
afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())));
afterAll(() => host.stop());

const listStatus = 'IMAP4rev1 AUTH=PLAIN LIST-EXTENDED LIST-STATUS';

/** An account at a scripted server, and what it was sent since the last time that was asked. */
async function scripted(capabilities: string, script: Script) {
  const said = `CAPABILITY ${capabilities}`;
  const server = await startScriptedImap({
    GREETING: (command) => command.send(`* OK [${said}] ready`),
    LOGIN: (command) => command.send(`${command.tag} OK [${said}] in`),
    'UID SEARCH': (command) => command.ok('* SEARCH'),
    ...script,
  });
  servers.push(server);
  services = { ...host.services, trust: server.network.trust };
  const { host: name, port, tls } = server.login;
  const id = `scripted-${port}-${Math.random()}`;
  const { account } = await host.account({
    id,
    imap: { host: name, port, tls, user: 'alice' },
    ...(await sealCredentials(host.services, id, { password: 'secret' })),
  });
  let seen = 0;
  return {
    account,
    check: async () => checkAccount(services, account, await watchOf(host, account)),
    /** Without what a connection begins with, and the look for the folder with spam, which has its own time. */
    sent() {
      const others = /^(GREETING|LOGIN|LOGOUT|LSUB|ID )|RETURN \(CHILDREN/;
      const sent = server.commands
        .slice(seen)
        .filter((line, index, lines) => !others.test(line) && !lines[index + 1]?.startsWith('LSUB'));
      seen = server.commands.length;
      return sent;
    },
  };
}

const inbox = 'EXAMINE INBOX';
const statesOf = (...paths: string[]) =>
  `LIST "" (${paths.map((path) => `"${path}"`).join(' ')}) RETURN (STATUS (UIDNEXT UIDVALIDITY))`;
/** Where Chats and Contacts are, or would be. */
const states = statesOf('INBOX', 'COI/Chats', 'COI/Contacts');
/** Where INBOX is all there is, they may come to be below it as well. */
const statesOfMore = expect.stringMatching(
  /^LIST "" \("INBOX" .*"COI\/Chats" .*\) RETURN \(STATUS \(UIDNEXT UIDVALIDITY\)\)$/,
);
const plainList = /^LIST "" "?\*"?$/;

/** Answers LIST with these folders, STATUS with it where that is asked for. */
const listing =
  (folders: () => Readonly<Record<string, string>>): Script[string] =>
  (command) => {
    const lines = Object.entries(folders()).flatMap(([name, status]) => [
      `* LIST () "/" ${name}`,
      ...(command.args.includes('RETURN') && status !== '' ? [`* STATUS ${name} (${status})`] : []),
    ]);
    command.ok(...lines);
  };

describe('a check at a server that tells the states of all folders', () => {
  it('opens no folder that is as it was', async () => {
    const mailbox = await scripted(listStatus, {
      LIST: listing(() => ({ INBOX: 'UIDNEXT 1 UIDVALIDITY 7', 'COI/Chats': 'UIDVALIDITY 7 UIDNEXT 1' })),
    });
    await mailbox.check();
    expect(mailbox.sent()).toEqual([expect.stringMatching(plainList), states, 'EXAMINE COI/Chats', inbox]);
    expect(await mailbox.check()).toBe(0);
    expect(mailbox.sent()).toEqual([states]);
  });

  it.each([
    ['a higher UIDNEXT', 'UIDNEXT 2 UIDVALIDITY 7'],
    ['a lower UIDNEXT than before', 'UIDNEXT 1 UIDVALIDITY 6'],
    ['no UIDNEXT', 'UIDVALIDITY 7'],
    ['a UIDNEXT that is none', 'UIDNEXT 0 UIDVALIDITY 7'],
    ['no UIDVALIDITY', 'UIDNEXT 1'],
    ['no state at all', ''],
  ])('opens a folder of which it tells %s, and no other', async (_, status) => {
    let told = 'UIDNEXT 1 UIDVALIDITY 7';
    const mailbox = await scripted(listStatus, {
      LIST: listing(() => ({ INBOX: told, 'COI/Chats': 'UIDNEXT 1 UIDVALIDITY 7' })),
    });
    await mailbox.check();
    mailbox.sent();
    told = status;
    await mailbox.check();
    expect(mailbox.sent().slice(0, 2)).toEqual([states, inbox]);
    expect(mailbox.sent()).not.toContain('EXAMINE COI/Chats');
  });

  it('lists all names again when Chats is there that was not, or is not there that was', async () => {
    let folders: Readonly<Record<string, string>> = { INBOX: 'UIDNEXT 1 UIDVALIDITY 7' };
    const mailbox = await scripted(listStatus, { LIST: listing(() => folders) });
    await mailbox.check();
    mailbox.sent();
    folders = { ...folders, 'COI/Chats': 'UIDNEXT 1 UIDVALIDITY 7' };
    await mailbox.check();
    expect(mailbox.sent()).toEqual([
      statesOfMore,
      expect.stringMatching(plainList),
      'EXAMINE COI/Chats',
      expect.anything(),
    ]);
    folders = { INBOX: 'UIDNEXT 1 UIDVALIDITY 7' };
    await mailbox.check();
    expect(mailbox.sent()).toEqual([states, expect.stringMatching(plainList)]);
  });

  it('understands names in quotes, as literals and in any case of INBOX, and folders that hold no mail', async () => {
    const mailbox = await scripted(listStatus, {
      LIST(command) {
        if (!command.args.includes('RETURN')) command.ok('* LIST () "/" INBOX', '* LIST () "/" "COI/Chats"');
        else
          command.ok(
            '* LIST () "/" "Inbox"',
            '* LIST () "/" {9}',
            'COI/Chats',
            '* LIST (\\NonExistent) "/" COI/Contacts',
            '* STATUS {9}',
            'COI/Chats (UIDNEXT 1 UIDVALIDITY 7)',
            '* STATUS "inbox" (UIDNEXT 1 UIDVALIDITY 7)',
          );
      },
    });
    await mailbox.check();
    mailbox.sent();
    await mailbox.check();
    expect(mailbox.sent()).toEqual([states]);
  });

  it.each(['NO', 'BAD'])('is not asked for them again for an hour after it said %s', async (answer) => {
    const mailbox = await scripted(listStatus, {
      LIST(command) {
        if (!command.args.includes('RETURN')) command.ok('* LIST () "/" INBOX');
        else if (answer === 'NO') command.no('not now');
        else command.bad('what?');
      },
    });
    await mailbox.check();
    mailbox.sent();
    await mailbox.check();
    expect(mailbox.sent()).toEqual([inbox]);
    host.pass(limits.folderListMs);
    await mailbox.check();
    expect(mailbox.sent()).toEqual([expect.stringMatching(plainList), statesOfMore, inbox]);
  });

  it('opens INBOX all the same where chats are moved out of it', async () => {
    const mailbox = await scripted(listStatus, {
      LIST: listing(() => ({ INBOX: 'UIDNEXT 1 UIDVALIDITY 7', 'COI/Chats': 'UIDNEXT 1 UIDVALIDITY 7' })),
    });
    const { settings, version } = mailbox.account;
    const moving = { ...mailbox.account, settings: { ...settings, messageFilter: 'active' as const } };
    await updateAccount(host.services.store, { ...moving, version: version + 1 });
    await checkAccount(services, moving, await watchOf(host, moving));
    mailbox.sent();
    await checkAccount(services, moving, await watchOf(host, moving));
    expect(mailbox.sent()).toEqual([states, inbox]);
  });

  it('is not asked for a folder whose name it would take for a pattern', async () => {
    const mailbox = await scripted(listStatus, { LIST: listing(() => ({ INBOX: '' })) });
    const odd = { ...mailbox.account, mailboxRoot: '100%' };
    await checkAccount(services, odd, await watchOf(host, odd));
    expect(mailbox.sent()).toEqual([expect.stringMatching(plainList), inbox]);
  });
});

describe('a check at a server that tells no states', () => {
  it('lists the folders once in an hour, and opens each one each time', async () => {
    let folders: Readonly<Record<string, string>> = { INBOX: '' };
    const mailbox = await scripted('IMAP4rev1 AUTH=PLAIN', {
      LIST: listing(() => folders),
      EXAMINE: (command) => command.ok(...folderLines({ exists: 0, uidValidity: 7, uidNext: 1 })),
    });
    await mailbox.check();
    expect(mailbox.sent()).toEqual([expect.stringMatching(plainList), inbox]);
    folders = { INBOX: '', 'COI/Chats': '' };
    await mailbox.check();
    expect(mailbox.sent()).toEqual([inbox]);
    host.pass(limits.folderListMs);
    await mailbox.check();
    expect(mailbox.sent()).toEqual([
      expect.stringMatching(plainList),
      'EXAMINE COI/Chats',
      // What may just have come to a folder that is new.
      expect.stringContaining('SEARCH SINCE'),
      inbox,
    ]);
    await mailbox.check();
    expect(mailbox.sent()).toEqual(['EXAMINE COI/Chats', inbox]);
  });

  it('lists the folders of an account anew that moved to another server', async () => {
    const script = { LIST: listing(() => ({ INBOX: '' })) };
    const mailbox = await scripted('IMAP4rev1 AUTH=PLAIN', script);
    await mailbox.check();
    const other = await scripted('IMAP4rev1 AUTH=PLAIN', script);
    const moved = { ...mailbox.account, imap: other.account.imap };
    await checkAccount(services, moved, await watchOf(host, moved));
    expect(other.sent()).toEqual([expect.stringMatching(plainList), inbox]);
  });
});

describe.skipIf(!hasMailServers)('a check at Dovecot', () => {
  async function counted(): Promise<{ account: Account; flights: () => number; close: () => Promise<void> }> {
    const counter = await startFlightCounter(sharedMail().imap.port);
    const account = await mailboxAccount(host, sharedMail());
    const imap = { ...account.imap, port: counter.port };
    await updateAccount(host.services.store, { ...account, imap, version: account.version + 1 });
    return { account: { ...account, imap }, flights: counter.take, close: counter.close };
  }

  it('that finds nothing takes four round trips, two of them for TLS, also with chats of their own', async () => {
    const { account, flights, close } = await counted();
    await check(host, account);
    flights();
    await check(host, account);
    expect(flights()).toBe(4);
    await withMailbox(account, (client) => client.mailboxCreate('COI/Chats'));
    await check(host, account);
    flights();
    await check(host, account);
    expect(flights()).toBe(4);
    await close();
  });

  it('finds a mail in any watched folder, whatever was last opened', async () => {
    const account = await mailboxAccount(host, sharedMail());
    await withMailbox(account, (client) => client.mailboxCreate('COI/Chats'));
    await check(host, account);
    expect(await check(host, account)).toBe(0);
    const chat = () => chatMail({ from: 'bob@example.test', to: account.email, text: 'hi' });
    await withMailbox(account, (client) => client.append('COI/Chats', chat()));
    expect(await check(host, account)).toBe(1);
    await sharedMail().deliver(account.email, chat());
    expect(await check(host, account)).toBe(1);
    expect(await check(host, account)).toBe(0);
  });
});

async function withMailbox(account: Account, use: (client: ImapFlow) => Promise<unknown>): Promise<void> {
  const { imap, ca, password } = sharedMail();
  const client = new ImapFlow({
    ...{ host: imap.host, port: imap.port, secure: true, tls: { ca }, logger: false },
    auth: { user: account.email, pass: password },
  });
  await client.connect();
  await use(client);
  await client.logout();
}
