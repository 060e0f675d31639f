import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { EventName } from '../../../shared/core/events.ts';
import { silentLog } from '../../../shared/core/log.ts';
import { watchAccount } from '../../../shared/flows/watch/watch-account.ts';
import type { Account } from '../../../shared/store/items.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { chatMail } from '../../support/chat-mail.ts';
import { eventually } from '../../support/eventually.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';
import { withMailbox } from '../../support/mailbox-client.ts';
import { type PushService, startPushService } from '../../support/push-service.ts';
import { scriptedAuthority } from '../../support/scripted-authority.ts';
import {
  type ScriptedFolders,
  scriptedAccount,
  startScriptedFolders,
} from '../../support/scripted-folders.ts';
import type { Reply, Script } from '../../support/scripted-imap.ts';
import { pushedIds } from '../../support/subscribe.ts';
import { activeSubscription, mailboxAccount, watchOf } from '../../support/watched-account.ts';

let host: ApiHost;
let push: PushService;

beforeAll(async () => {
  push = await startPushService();
  const dovecot = hasMailServers ? [sharedMail().ca] : [];
  host = await startApiHost({ ca: [...dovecot, push.ca, (await scriptedAuthority()).ca] });
});

afterAll(async () => {
  await host.stop();
  await push.close();
});

/** Ends what a test left running. */
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(ends.splice(0).map((end) => end()));
});

/** Watches an account by one connection until the test ends; waits for the first look. */
async function watch(account: Account) {
  const device = push.newDevice();
  await activeSubscription(host, account, device);
  const stop = new AbortController();
  const events: EventName[] = [];
  const log = { ...silentLog, warn: (event: EventName) => void events.push(event) };
  let settle: () => void = () => undefined;
  const settled = new Promise<void>((resolve) => {
    settle = resolve;
  });
  const ended = watchAccount({ ...host.services, log }, account.id, stop.signal, { onSettled: settle });
  ends.push(() => {
    stop.abort();
    return ended;
  });
  await settled;
  const pushed = (...ids: readonly string[]) =>
    eventually(`pushes of ${ids.join()}`, () =>
      ids.every((id) => pushedIds(device).includes(id)) ? true : undefined,
    );
  return { device, events, pushed };
}

describe.skipIf(!hasMailServers)('one connection at a server with NOTIFY', () => {
  /** An account that is watched; `folders` are made before. No renewal falls into the time of a test. */
  async function watched(folders: readonly string[], email = sharedMail().newAddress('alice')) {
    const mail = sharedMail();
    const account = await mailboxAccount(host, mail, { email });
    await withMailbox(mail, account, async (client) => {
      for (const folder of folders) await client.mailboxCreate(folder);
    });
    const chat = (messageId: string) =>
      chatMail({ from: 'bob@example.test', to: email, text: messageId, messageId });
    return {
      ...(await watch(account)),
      account,
      deliver: (id: string) => mail.deliver(email, chat(id)),
      file: (folder: string, ...ids: readonly string[]) =>
        withMailbox(mail, account, async (client) => {
          for (const id of ids) await client.append(folder, chat(id));
        }),
      change: (work: Parameters<typeof withMailbox>[2]) => withMailbox(mail, account, work),
    };
  }

  it('hears of mail in Chats while it waits in INBOX, and the other way round', async () => {
    const { device, events, pushed, file, deliver } = await watched(['COI/Chats']);
    await file('COI/Chats', '<chat$filed@x.test>');
    await pushed('<chat$filed@x.test>');
    await deliver('<chat$delivered@x.test>');
    await pushed('<chat$delivered@x.test>');
    await file('COI/Chats', '<chat$filed.again@x.test>');
    await pushed('<chat$filed.again@x.test>');
    expect(pushedIds(device)).toHaveLength(3);
    expect(events).toEqual([]);
  });

  it('hears of mail in both at once, and of all of a stream of them', async () => {
    const { device, events, pushed, file, deliver } = await watched(['COI/Chats']);
    const ids = (folder: string) => Array.from({ length: 8 }, (_, i) => `<chat$${folder}.${i}@x.test>`);
    await Promise.all([file('COI/Chats', ...ids('chats')), ...ids('inbox').map((id) => deliver(id))]);
    await pushed(...ids('chats'), ...ids('inbox'));
    expect(pushedIds(device)).toHaveLength(16);
    expect(events).toEqual([]);
  });

  it('hears of a Chats folder that was not there before', async () => {
    const { pushed, change, file, deliver } = await watched([]);
    await change((client) => client.mailboxCreate('COI/Chats'));
    await file('COI/Chats', '<chat$first@x.test>');
    await pushed('<chat$first@x.test>');
    await deliver('<chat$then@x.test>');
    await file('COI/Chats', '<chat$second@x.test>');
    await pushed('<chat$then@x.test>', '<chat$second@x.test>');
  });

  it('goes on when Chats is renamed away and back, or deleted and made anew', async () => {
    const { events, pushed, change, file, deliver } = await watched(['COI/Chats']);
    await change(async (client) => {
      await client.mailboxRename('COI/Chats', 'COI/Away');
      await client.mailboxRename('COI/Away', 'COI/Chats');
    });
    await file('COI/Chats', '<chat$back@x.test>');
    await pushed('<chat$back@x.test>');
    // From now on it waits in Chats, unless mail comes elsewhere.
    await deliver('<chat$elsewhere@x.test>');
    await pushed('<chat$elsewhere@x.test>');
    await change(async (client) => {
      await client.mailboxDelete('COI/Chats');
      await client.mailboxCreate('COI/Chats');
    });
    await file('COI/Chats', '<chat$anew@x.test>');
    await pushed('<chat$anew@x.test>');
    expect(events).not.toContain('watch-interrupted');
  });

  it('comes back when the folder it waits in is deleted, which ends the connection', async () => {
    const { pushed, change, file, deliver } = await watched(['COI/Chats']);
    await file('COI/Chats', '<chat$before@x.test>');
    await pushed('<chat$before@x.test>');
    await change((client) => client.mailboxDelete('COI/Chats'));
    await deliver('<chat$after@x.test>');
    await pushed('<chat$after@x.test>');
  });

  it('hears of a change in the address book, and goes on waiting where mail comes', async () => {
    const { account, pushed, file, deliver } = await watched(['COI/Chats', 'COI/Contacts']);
    await file('COI/Contacts', '<chat$card@x.test>');
    await eventually('the cursor of Contacts', async () =>
      (await watchOf(host, account)).folders['COI/Contacts']?.uidNext === 2 ? true : undefined,
    );
    await deliver('<chat$mail@x.test>');
    await pushed('<chat$mail@x.test>');
  });

  it('hears of the first mail in a Chats folder that was made below INBOX', async () => {
    const email = sharedMail().newAddress('alice').replace('example.test', 'prefixed.test');
    const { pushed, change, file } = await watched([], email);
    await change((client) => client.mailboxCreate('INBOX.COI.Chats'));
    await file('INBOX.COI.Chats', '<chat$first.below@x.test>');
    await pushed('<chat$first.below@x.test>');
  });

  it('does so where folders lie below INBOX', async () => {
    const email = sharedMail().newAddress('alice').replace('example.test', 'prefixed.test');
    const { events, pushed, file } = await watched(['INBOX.COI.Chats'], email);
    await file('INBOX.COI.Chats', '<chat$prefixed@x.test>');
    await pushed('<chat$prefixed@x.test>');
    await file('INBOX', '<chat$above@x.test>');
    await pushed('<chat$above@x.test>');
    expect(events).toEqual([]);
  });
});

describe('one connection at a server that says it has NOTIFY', () => {
  const asks = 'NOTIFY SET STATUS';
  const alone = 'NOTIFY SET (selected-delayed (MessageNew MessageExpunge FlagChange))';

  async function watched(
    capabilities: string,
    notify: (folders: () => ScriptedFolders) => Reply,
    script: Script = {},
  ) {
    const folders: ScriptedFolders = await startScriptedFolders(['INBOX', 'COI/Chats'], capabilities, {
      NOTIFY: notify(() => folders),
      ...script,
    });
    ends.push(() => folders.server.stop());
    const account = await scriptedAccount(host, folders);
    const watching = await watch(account);
    /** Puts a mail into a folder that reached the mailbox just now, or as long from now. */
    const put = (folder: string, id: string, fromNow = 0) =>
      folders.put(folder, id, host.services.clock.now() + fromNow);
    /** What it asked to be told of, all folders or the open one alone; the same in a row counts once. */
    const asked = () =>
      folders
        .sent('NOTIFY')
        .map((each) => (each.startsWith(asks) ? asks : each))
        .filter((each, index, all) => each !== all[index - 1]);
    const hasAsked = (...all: readonly string[]) =>
      eventually(`having asked for ${all.join()}`, () => (asked().join() === all.join() ? true : undefined));
    /** A mail that INBOX tells of, at a time when the renewal is due. */
    const renew = async (id: string) => {
      host.pass(300_000);
      const uid = put('INBOX', id);
      const compared = folders.server.next('LIST');
      folders.tell(`* ${uid} EXISTS`);
      await watching.pushed(id);
      await compared;
    };
    /** Another connection, after the pause that follows the end of one. */
    const reconnect = async () => {
      const idle = folders.server.next('IDLE');
      folders.hangUp();
      await idle;
    };
    return { folders, put, asked, hasAsked, renew, reconnect, ...watching };
  }

  const honest =
    (folders: () => ScriptedFolders): Reply =>
    (command) =>
      command.ok(folders().status('INBOX'), folders().status('COI/Chats'));

  it('is believed while it tells', async () => {
    const { folders, put, asked, renew, events, pushed } = await watched('NOTIFY', honest);
    put('COI/Chats', '<chat$told@x.test>');
    folders.tell(folders.status('COI/Chats'));
    await pushed('<chat$told@x.test>');
    // Now it waits in Chats, and of INBOX it is told.
    put('INBOX', '<chat$other@x.test>');
    folders.tell(folders.status('INBOX'));
    await pushed('<chat$other@x.test>');
    await renew('<chat$renewal@x.test>');
    expect(asked()).toEqual([asks]);
    expect(events).toEqual([]);
  });

  it('is not believed any more once a comparison finds what it kept to itself', async () => {
    const { put, asked, hasAsked, renew, reconnect, events, pushed } = await watched('NOTIFY', honest);
    host.pass(60_000);
    put('COI/Chats', '<chat$kept.back@x.test>');
    await renew('<chat$found@x.test>');
    await pushed('<chat$kept.back@x.test>');
    await hasAsked(asks, alone);
    expect(events).toEqual(['notify-disbelieved']);
    // Nor on the next connection; a day later, it may have learned.
    await reconnect();
    expect(asked()).toEqual([asks, alone]);
    host.pass(25 * 3_600_000);
    await reconnect();
    expect(asked()).toEqual([asks, alone, asks]);
  });

  it.each([
    ['just now', 0],
    ['before the folder was left', 400_000],
  ])('is not blamed for a mail that came %s', async (_, age) => {
    const { put, asked, renew, events, pushed } = await watched('NOTIFY', honest);
    put('COI/Chats', '<chat$young@x.test>', 300_000 - age);
    await renew('<chat$due@x.test>');
    await pushed('<chat$young@x.test>');
    expect(asked()).toEqual([asks]);
    expect(events).toEqual([]);
  });

  it('is not believed when it does not tell the state of its folders at once', async () => {
    const { asked, renew, reconnect, events } = await watched('NOTIFY', () => (command) => command.ok());
    expect(asked()).toEqual([asks, alone]);
    await renew('<chat$old.way@x.test>');
    await reconnect();
    expect(asked()).toEqual([asks, alone]);
    expect(events[0]).toBe('notify-disbelieved');
  });

  it('is watched anew where it does not let itself be told to tell of one folder alone', async () => {
    const { folders, asked, events } = await watched(
      'NOTIFY',
      () => (command) => (command.args.includes('STATUS') ? command.ok() : command.bad('no')),
    );
    await eventually('a wait', () => (folders.server.commands.includes('IDLE') ? true : undefined));
    expect(asked()).toEqual([asks, alone]);
    expect(events).toEqual(['notify-disbelieved', 'watch-interrupted']);
  });

  it.each([
    ['BAD', (command) => command.bad('what?')],
    ['NO', (command) => command.no('[BADEVENT (MessageNew MessageExpunge)] no')],
  ] satisfies [string, Reply][])(
    'goes on by the old way after %s, on the same connection',
    async (_, reply) => {
      const { put, asked, renew, events, pushed } = await watched('NOTIFY', () => reply);
      put('COI/Chats', `<chat$silent@x.test>`);
      await renew(`<chat$renewed@x.test>`);
      await pushed('<chat$silent@x.test>');
      expect(asked()).toEqual([asks]);
      expect(events).toEqual([]);
    },
  );

  it('compares at once when it gives up, and goes on by the old way', async () => {
    const { folders, put, asked, hasAsked, reconnect, events, pushed } = await watched('NOTIFY', honest);
    put('COI/Chats', '<chat$lost@x.test>');
    folders.tell('* OK [NOTIFICATIONOVERFLOW] too much for me');
    await pushed('<chat$lost@x.test>');
    await hasAsked(asks, alone);
    expect(events).toEqual([]);
    await reconnect();
    expect(asked()).toEqual([asks, alone, asks]);
  });

  it('is asked what is new where it does not say how far a folder reaches, and not where nothing is', async () => {
    const { folders, put, pushed } = await watched('NOTIFY', honest);
    const before = folders.sent('EXAMINE').length;
    folders.tell(folders.status('COI/Chats'));
    folders.tell('* STATUS COI/Chats');
    folders.tell('* STATUS (((');
    folders.tell('* STATUS Sent (UIDNEXT 9)');
    const uid = put('INBOX', '<chat$here@x.test>');
    folders.tell(`* ${uid} EXISTS`);
    await pushed('<chat$here@x.test>');
    expect(folders.sent('EXAMINE')).toHaveLength(before);
    put('COI/Chats', '<chat$vague@x.test>');
    folders.tell('* STATUS COI/Chats (MESSAGES 1)');
    await pushed('<chat$vague@x.test>');
    expect(folders.sent('EXAMINE')).toHaveLength(before + 1);
  });

  it('is asked nothing about it where it does not say so', async () => {
    const { asked, renew } = await watched('', honest);
    await renew('<chat$plain@x.test>');
    expect(asked()).toEqual([]);
  });
});
