import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../../shared/core/limits.ts';
import { messageRef } from '../../../shared/flows/conversations/message-ref.ts';
import { listConversations } from '../../../shared/store/conversation.ts';
import type { Account } from '../../../shared/store/items.ts';
import { listMessages } from '../../../shared/store/message.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { chatMail } from '../../support/chat-mail.ts';
import type { ContractClient } from '../../support/contract-client.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';
import { peakBytes } from '../../support/peak-memory.ts';
import { type Device, type PushService, startPushService } from '../../support/push-service.ts';
import { pushedIds } from '../../support/subscribe.ts';
import { activeSubscription, check, mailboxAccount } from '../../support/watched-account.ts';

const megabyte = 1024 * 1024;

/** More than any of these mails may take: what one answer of a mail server may be, several times over, and garbage. */
const memoryBytes = 96 * megabyte;

/** A message as the API tells it: its text is cut, and a name or a list cannot be longer than what is kept. */
const replyBytes = 2 * limits.shownTextBytes;

/** Beginning of a chat mail from Bob; what is hostile follows. */
const start = (to: string, id: string, fields: readonly string[]) =>
  [
    ...['From: Bob <bob@example.test>', `Message-ID: ${id}`, 'Chat-Version: 1.0', `To: ${to}`],
    ...['MIME-Version: 1.0', ...fields, '', ''],
  ].join('\r\n');

const folded = (name: string, count: number, value: (at: number) => string) =>
  `${name}: ${Array.from({ length: count }, (_, at) => value(at)).join('\r\n ')}`;

const parts = (boundary: string, all: readonly string[]) =>
  `${all.map((part) => `--${boundary}\r\n${part}\r\n`).join('')}--${boundary}--\r\n`;

function nested(depth: number): string {
  let inside = 'Content-Type: text/plain\r\n\r\ndeep';
  for (let level = 0; level < depth; level++) {
    inside = `Content-Type: multipart/mixed; boundary=b${level}\r\n\r\n${parts(`b${level}`, [inside])}`;
  }
  return inside;
}

function tenThousand(part: string, to: string, id: string): Buffer {
  const all = Array.from({ length: 10_000 }, () => part);
  return Buffer.from(start(to, id, ['Content-Type: multipart/mixed; boundary=b']) + parts('b', all));
}

const mails: readonly (readonly [string, (to: string, id: string) => Buffer])[] = [
  [
    '100 MB of text and attachment',
    (to, id) => {
      const head = start(to, id, ['Content-Type: multipart/mixed; boundary=b']);
      const line = `${'word '.repeat(15)}\r\n`;
      const half = Buffer.alloc(50 * megabyte, line);
      const attachment =
        'Content-Type: application/zip\r\nContent-Disposition: attachment; filename=a.zip\r\n\r\n';
      return Buffer.concat([
        Buffer.from(`${head}--b\r\nContent-Type: text/plain\r\n\r\n`),
        half,
        Buffer.from(`\r\n--b\r\n${attachment}`),
        half,
        Buffer.from('\r\n--b--\r\n'),
      ]);
    },
  ],
  [
    '10,000 parts',
    (to, id) => {
      const part =
        'Content-Type: text/plain; charset=utf-8\r\nContent-Disposition: inline; filename=a.txt\r\n\r\nx';
      return tenThousand(part, to, id);
    },
  ],
  [
    '10,000 parts whose names are long',
    (to, id) => {
      const part = `Content-Type: image/png; name="${'n'.repeat(800)}"\r\n\r\nx`;
      return tenThousand(part, to, id);
    },
  ],
  [
    '100,000 parameters',
    (to, id) => {
      const parameters = folded('Content-Type', 1_000, (line) =>
        (line === 0
          ? ['text/plain']
          : Array.from({ length: 105 }, (_, at) => `${(line * 105 + at).toString(36)}=a`)
        )
          .map((word) => `${word};`)
          .join(''),
      );
      return Buffer.from(`${start(to, id, [parameters])}hello\r\n`);
    },
  ],
  [
    'parts nested a thousand deep',
    (to, id) => {
      const head = start(to, id, ['Content-Type: multipart/mixed; boundary=b']);
      return Buffer.from(head + parts('b', [nested(1_000)]));
    },
  ],
  [
    'a header of 1 MB',
    (to, id) =>
      Buffer.from(
        `${start(to, id, [folded('References', 20_000, (at) => `<${at}.${'r'.repeat(40)}@x.test>`)])}hello\r\n`,
      ),
  ],
  [
    'a header of 8 MB, each field of it one that is read',
    (to, id) => {
      const fields = [
        'Subject',
        'References',
        'In-Reply-To',
        'Cc',
        'Reply-To',
        'Chat-Group-Name',
        'Authentication-Results',
        'List-Post',
      ];
      const long = fields.map((name) => folded(name, 1_000, () => 'w'.repeat(1_000)));
      return Buffer.from(`${start(to, id, long)}hello\r\n`);
    },
  ],
  [
    'one line of header of 3 MB',
    (to, id) => Buffer.from(`${start(to, id, [`Subject: ${'s'.repeat(3 * megabyte)}`])}hello\r\n`),
  ],
  [
    '1,000 recipients',
    (to, id) =>
      Buffer.from(
        `${start(to, id, [folded('Cc', 1_000, (at) => `"Friend ${at}" <friend-${at}@example.test>,`)])}hello\r\n`,
      ),
  ],
  [
    'a file name of 1 MB',
    (to, id) => {
      const name = folded('Content-Disposition', 1, () => `attachment; filename="${'f'.repeat(megabyte)}"`);
      return Buffer.from(`${start(to, id, ['Content-Type: image/png', name])}x\r\n`);
    },
  ],
];

describe.skipIf(!hasMailServers)('a hostile mail in a real mailbox', () => {
  let host: ApiHost;
  let push: PushService;

  beforeAll(async () => {
    push = await startPushService();
    host = await startApiHost({ ca: [sharedMail().ca, push.ca] });
  });

  afterAll(async () => {
    await host.stop();
    await push.close();
  });

  async function watched(): Promise<{ account: Account; device: Device; client: ContractClient }> {
    const account = await mailboxAccount(host, sharedMail());
    const device = push.newDevice();
    await activeSubscription(host, account, device);
    await check(host, account);
    return { account, device, client: (await host.device(account)).client };
  }

  async function messageWith(account: Account, messageId: string) {
    const { store, clock } = host.services;
    for (const { id } of await listConversations(store, account.id, clock.now())) {
      const { messages } = await listMessages(store, account.id, id, {
        limit: 100,
        before: undefined,
        now: clock.now(),
      });
      const found = messages.find((message) => message.messageId === messageId);
      if (found !== undefined) return found;
    }
    throw new Error('the message is not stored');
  }

  it.each(mails)(
    'of %s is pushed and kept within bounds, shown within bounds, and holds up nothing',
    async (_what, make) => {
      const { account, device, client } = await watched();
      const [hostile, later] = [`<hostile-${randomUUID()}@x.test>`, `<later-${randomUUID()}@x.test>`];
      const from = 'bob@example.test';
      await sharedMail().deliver(account.email, make(account.email, hostile));
      await sharedMail().deliver(
        account.email,
        chatMail({ from, to: account.email, text: 'and?', messageId: later }),
      );
      const peak = await peakBytes(() => check(host, account));
      expect(new Set(pushedIds(device))).toEqual(new Set([hostile, later]));
      expect(peak).toBeLessThan(memoryBytes);
      const message = await messageWith(account, hostile);
      expect(await messageWith(account, later)).toBeDefined();
      const shown = await peakBytes(async () => {
        const reply = await client.expect(200, 'GET', `/v1/messages/${messageRef(message)}?html=1`);
        expect(JSON.stringify(reply).length).toBeLessThan(replyBytes);
      });
      expect(shown).toBeLessThan(memoryBytes);
      await sharedMail().deliver(account.email, chatMail({ from, to: account.email, text: 'again' }));
      expect(await check(host, account)).toBe(1);
      expect(device.pushes).toHaveLength(3);
    },
  );
});
