import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { alertFor } from '../../../shared/coi/alert.ts';
import type { MailRecord } from '../../../shared/coi/mail-record.ts';
import { readMail } from '../../../shared/coi/read-mail.ts';
import { mailFromEml } from '../../support/mail-from-eml.ts';

const folder = new URL('../../vectors/', import.meta.url).pathname;

/** What `<name>.json` says of `<name>.eml`. `null` stands for what a mail does not have. */
const vectorSchema = z.strictObject({
  /** Where it is written that this mail is to be read so. */
  spec: z.strictObject({ document: z.string().min(1), section: z.string().min(1) }),
  folderRole: z.enum(['inbox', 'contacts', 'drafts', 'trash']).optional(),
  flags: z.array(z.string()).optional(),
  expect: z.strictObject({
    class: z.string(),
    matchedBy: z.string().nullable(),
    conversation: z.enum(['direct', 'group', 'list']),
    /** Another vector whose mail belongs to the same conversation, and one whose mail does not. */
    sameConversationAs: z.string().optional(),
    otherConversationThan: z.string().optional(),
    from: z.string(),
    fromName: z.string().nullable().optional(),
    /** `made`: the mail has none, so one is made from its place. */
    messageId: z.string(),
    subject: z.string().nullable(),
    encrypted: z.boolean(),
    mention: z.boolean(),
    preview: z.string().nullable(),
    receiptRequested: z.boolean(),
    alert: z.enum(['chat', 'mail', 'silent']),
  }),
});

const names = readdirSync(folder)
  .filter((name) => name.endsWith('.eml'))
  .map((name) => name.slice(0, -'.eml'.length));

function vector(name: string) {
  return vectorSchema.parse(JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')));
}

function recordOf(name: string): MailRecord {
  const { folderRole, flags } = vector(name);
  const raw = readFileSync(join(folder, `${name}.eml`));
  return readMail(mailFromEml(raw, { folderRole, flags }), { addresses: ['alice@example.test'] });
}

function alertOf(record: MailRecord): string {
  const facts = { now: record.receivedAt + 1_000, mutedUntil: undefined, mentionOnly: false };
  const alert = alertFor(record, facts);
  return alert.kind === 'alert' ? alert.msgtype : 'silent';
}

describe('mails as they are sent', () => {
  it('are at least thirty, and each is described', () => {
    expect(names.length).toBeGreaterThanOrEqual(30);
    expect(readdirSync(folder).filter((name) => name.endsWith('.json'))).toHaveLength(names.length);
  });

  it.each(names)('%s is read as the specification says', (name) => {
    const { sameConversationAs, otherConversationThan, fromName, ...expected } = vector(name).expect;
    const record = recordOf(name);
    const isMade = /^<[\w-]{22}@made\.invalid>$/.test(record.messageId);
    expect({
      class: record.class,
      matchedBy: record.matchedBy ?? null,
      conversation: record.conversation.kind,
      from: record.from.address,
      messageId: isMade ? 'made' : record.messageId,
      subject: record.subject ?? null,
      encrypted: record.encrypted,
      mention: record.mention,
      preview: record.preview ?? null,
      receiptRequested: record.receiptRequested,
      alert: alertOf(record),
    }).toEqual(expected);
    if (fromName !== undefined) expect(record.from.name ?? null).toBe(fromName);
    if (sameConversationAs !== undefined) {
      expect(record.conversation.id).toBe(recordOf(sameConversationAs).conversation.id);
    }
    if (otherConversationThan !== undefined) {
      expect(record.conversation.id).not.toBe(recordOf(otherConversationThan).conversation.id);
    }
  });
});
