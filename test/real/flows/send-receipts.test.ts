import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { markSeen } from '../../../shared/flows/conversations/mark-seen.ts';
import { continueSend } from '../../../shared/flows/send/continue-send.ts';
import { noteReceipt } from '../../../shared/flows/send/note-receipt.ts';
import { recordReceipts } from '../../../shared/flows/send/send-receipts.ts';
import type { Services } from '../../../shared/flows/services.ts';
import type { Account, Message, OutgoingMail } from '../../../shared/store/items.ts';
import { partitionOf } from '../../../shared/store/keys.ts';
import { getOutgoing } from '../../../shared/store/outgoing.ts';
import { listPartition } from '../../../shared/store/partition.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { folderLines, mailRow, type Script, startScriptedImap } from '../../support/scripted-imap.ts';
import { type SmtpScript, startScriptedSmtp } from '../../support/scripted-smtp.ts';
import { seedConversation } from '../../support/seed-conversation.ts';

let host: ApiHost;
beforeAll(async () => {
  host = await startApiHost();
});
afterAll(() => host.stop());

const servers: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

type Scene = { readonly services: Services; readonly account: Account; readonly message: Message };

/** An account with one unread message that asks for a receipt; its mail has UID 1 in INBOX. */
async function sceneWith(changes: Partial<Account>, services: Services): Promise<Scene> {
  const { account } = await host.account(changes);
  const asking = { ...account, settings: { ...account.settings, readReceipts: 'always' as const } };
  const from = { address: 'alice@example.org', name: undefined };
  const place = { folder: 'INBOX', uidValidity: 7, uid: 1 };
  const message = () => ({ from, place, receiptRequested: true });
  const conversation = { kind: 'direct' as const };
  const { messages } = await seedConversation(services, account, { message, conversation });
  const [only] = messages;
  if (only === undefined) throw new Error('nothing seeded');
  return { services, account: asking, message: only };
}

async function receiptOf({ services, account }: Scene): Promise<OutgoingMail> {
  const { store, clock } = services;
  const { pending } = await listPartition(store, partitionOf(account.id, store.partitions), clock.now());
  const [work] = pending.filter(({ accountId }) => accountId === account.id);
  const receipt = work && (await getOutgoing(store, account.id, work.id, clock.now()));
  if (receipt === undefined) throw new Error('no receipt is owed');
  return receipt;
}

describe('A receipt at the submission server', () => {
  async function submit(script: SmtpScript) {
    const lines: string[] = [];
    const note = (verb: string) => (turn: Parameters<NonNullable<SmtpScript[string]>>[0]) => {
      lines.push(turn.line);
      (script[verb] ?? (({ reply }) => reply('250 ok')))(turn);
    };
    const smtp = await startScriptedSmtp({ ...script, MAIL: note('MAIL'), RCPT: note('RCPT') });
    servers.push(smtp);
    const scene = await sceneWith(
      { smtp: { host: '127.0.0.1', port: smtp.login.port, tls: 'implicit', user: 'bob' } },
      { ...host.services, trust: smtp.network.trust },
    );
    await recordReceipts(scene.services, scene.account, [scene.message]);
    const { messageId } = await receiptOf(scene);
    const state = await continueSend(scene.services, scene.account.id, messageId);
    return { lines, state, scene, messages: smtp.messages };
  }

  it('comes from nobody, so that nothing is sent back for it', async () => {
    const { lines, state, messages } = await submit({});
    expect(state).toBe('sent');
    expect(lines).toEqual([expect.stringMatching(/^MAIL FROM:<>/), 'RCPT TO:<alice@example.org>']);
    expect(messages[0]).toContain('\r\nDisposition: manual-action/MDN-sent-manually; displayed\r\n');
  });

  it('comes from the account where the server wants that', async () => {
    const { lines, state, scene } = await submit({
      MAIL: ({ line, reply }) => reply(line.includes('<>') ? '553 5.7.1 not your address' : '250 ok'),
    });
    expect(state).toBe('sent');
    expect(lines).toEqual([
      expect.stringMatching(/^MAIL FROM:<>/),
      expect.stringMatching(`^MAIL FROM:<${scene.account.email}>`),
      'RCPT TO:<alice@example.org>',
    ]);
  });

  it('that is refused says nothing of the message it is for', async () => {
    const { state, scene } = await submit({ RCPT: ({ reply }) => reply('550 5.1.1 nobody') });
    expect(state).toBe('refused');
    const conversation = await markSeenIn(scene);
    expect(conversation).toMatchObject({ unread: 0 });
  });

  /** Without a mailbox to flag in: the message is nowhere any more. */
  const markSeenIn = ({ services, account, message }: Scene) =>
    services.store
      .update(
        { pk: `C#${account.id}#${message.conversationId}`, sk: message.key },
        { text: 'REMOVE l' },
        { text: 'attribute_exists(pk)' },
      )
      .then(() => markSeen(services, account, message.conversationId, message.key));
});

describe('A mailbox whose messages were read', () => {
  const header = [
    'Message-ID: <chat$conversation-1.0@example.org>',
    'Disposition-Notification-To: alice@example.org',
    '',
    '',
  ].join('\r\n');
  const selected = (flags: string) =>
    [
      ...folderLines({ exists: 1, uidValidity: 7, uidNext: 2 }),
      `* OK [PERMANENTFLAGS (${flags})] flags`,
    ] as const;

  async function read(script: Script) {
    const imap = await startScriptedImap({
      SELECT: (command) => command.ok(...selected('\\Seen \\*')),
      'UID STORE': (command) => command.ok(),
      'UID FETCH': (command) => command.ok(mailRow({ seq: 1, uid: 1, header })),
      ...script,
    });
    servers.push(imap);
    const scene = await sceneWith(
      { imap: { host: '127.0.0.1', port: imap.login.port, tls: 'implicit', user: 'bob' } },
      { ...host.services, ...imap.network },
    );
    const { services, account, message } = scene;
    const conversation = await markSeen(services, account, message.conversationId, message.key);
    const stores = () => imap.commands.filter((command) => command.startsWith('UID STORE'));
    return { scene, conversation, stores };
  }

  it('is told of a receipt that was sent', async () => {
    const { scene, stores } = await read({});
    const receipt = await receiptOf(scene);
    expect(stores()).toHaveLength(1);
    expect(await noteReceipt(scene.services, scene.account, receipt)).toBe(true);
    expect(stores()[1]).toMatch(/^UID STORE 1 \+FLAGS\S* \(\$MDNSent\)$/);
  });

  it('is not told where it takes no flags of ours, but the store knows', async () => {
    const { scene, stores } = await read({ SELECT: (command) => command.ok(...selected('\\Seen')) });
    const receipt = await receiptOf(scene);
    expect(await noteReceipt(scene.services, scene.account, receipt)).toBe(true);
    expect(stores()).toHaveLength(1);
    expect(receipt.expiresAt).toBeGreaterThanOrEqual(scene.message.expiresAt);
  });

  it('is told later when it cannot be reached now', async () => {
    const { scene } = await read({});
    const receipt = await receiptOf(scene);
    await Promise.all(servers.splice(0).map((server) => server.stop()));
    expect(await noteReceipt(scene.services, scene.account, receipt)).toBe(false);
  });

  it('is read, even when it breaks off before it can be asked about receipts', async () => {
    const { scene, conversation } = await read({ 'UID FETCH': ({ socket }) => void socket.destroy() });
    expect(conversation).toMatchObject({ unread: 0 });
    await expect(receiptOf(scene)).rejects.toThrow('no receipt is owed');
  });
});
