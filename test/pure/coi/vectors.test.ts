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
    /** What only some mails have; compared where it is named, and `null` for what the mail must not have. */
    kind: z.string().optional(),
    event: z
      .looseObject({ kind: z.string(), targets: z.array(z.string()) })
      .nullable()
      .optional(),
    participants: z.array(z.string()).optional(),
    groupId: z.string().nullable().optional(),
    title: z.string().nullable().optional(),
    conversationTitle: z.string().optional(),
    removed: z.array(z.string()).optional(),
    pinned: z.strictObject({ until: z.string().nullable() }).nullable().optional(),
    location: z.strictObject({ latitude: z.number(), longitude: z.number() }).nullable().optional(),
    extension: z.string().nullable().optional(),
    forgetAfterMs: z.number().nullable().optional(),
    attachments: z
      .array(
        z.strictObject({
          part: z.string(),
          type: z.string(),
          filename: z.string().nullable(),
          preview: z.string().nullable(),
        }),
      )
      .optional(),
    inReplyTo: z.string().nullable().optional(),
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
  const facts = {
    now: record.receivedAt + 1_000,
    mutedUntil: undefined,
    mentionOnly: false,
    contact: 'normal',
    sender: 'known',
    unknownSenders: 'all',
    quietHours: undefined,
  } as const;
  const alert = alertFor(record, facts);
  return alert.kind === 'alert' ? alert.msgtype : 'silent';
}

/** In the form of the vectors. */
function extrasOf(record: MailRecord) {
  const { pinned } = record;
  return {
    kind: record.kind,
    event: record.event ?? null,
    participants: record.conversation.participants.map(({ address }) => address),
    groupId: record.conversation.groupId ?? null,
    title: record.title ?? null,
    conversationTitle: record.conversation.title,
    removed: record.removed,
    pinned: pinned
      ? { until: pinned.until === undefined ? null : new Date(pinned.until).toISOString() }
      : null,
    location: record.location ?? null,
    extension: record.extension ?? null,
    forgetAfterMs: record.forgetAfterMs ?? null,
    attachments: record.attachments.map(({ part, type, filename, preview }) => ({
      part,
      type,
      filename: filename ?? null,
      preview: preview ?? null,
    })),
    inReplyTo: record.inReplyTo ?? null,
  };
}

describe('mails as they are sent', () => {
  it('are at least three hundred, and each is described', () => {
    expect(names.length).toBeGreaterThanOrEqual(300);
    expect(readdirSync(folder).filter((name) => name.endsWith('.json'))).toHaveLength(names.length);
  });

  it.each(names)('%s is read as the specification says', (name) => {
    const { sameConversationAs, otherConversationThan, fromName, ...expected } = vector(name).expect;
    const record = recordOf(name);
    const extras = extrasOf(record);
    const named = Object.fromEntries(
      Object.entries(extras).filter(([member]) => Object.hasOwn(expected, member)),
    );
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
      ...named,
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
