import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readMail } from '../../../shared/coi/read-mail.ts';
import type { ReceivedMail } from '../../../shared/coi/received-mail.ts';
import { limits } from '../../../shared/core/limits.ts';
import { anyStructure, bytes, structuredMail } from '../../support/arbitrary-mail.ts';
import { unboundedIn } from '../../support/bounded-record.ts';
import { mailFromEml } from '../../support/mail-from-eml.ts';

const account = { addresses: ['alice@example.test'] };

/** Read without an error, the same each time, within all bounds, and nothing lost on its way through JSON. */
function expectRead(mail: ReceivedMail): void {
  const record = readMail(mail, account);
  expect(unboundedIn(record)).toEqual([]);
  const json = JSON.stringify(record);
  expect(JSON.stringify(JSON.parse(json))).toBe(json);
  expect(JSON.stringify(readMail(mail, account))).toBe(json);
  const numbers = [record.receivedAt, record.size, record.date, record.forgetAfterMs, record.pinned?.until];
  expect(numbers.every((number) => number === undefined || Number.isFinite(number))).toBe(true);
  // Where each of these goes, a line break would begin a line of its own.
  const lines = [record.messageId, record.inReplyTo ?? '', record.subject ?? '', record.conversation.title];
  const targets = record.event?.targets ?? [];
  expect(
    [...lines, ...targets, ...record.attachments.map(({ filename }) => filename ?? '')].join(''),
  ).not.toMatch(/[\0\r\n]/);
}

const place = fc.record({
  folderRole: fc.constantFrom('inbox', 'contacts', 'chats', 'sent', 'trash', 'other'),
  flags: fc.subarray(['\\Seen', '\\Draft', '$Chat', '\\DELETED', 'x']),
});

/** Every run is the same; more of them, by another seed, are a matter of changing this. */
const seeded = { seed: 20_261_123 };

describe('any mail', () => {
  it('is read whatever bytes it has', () => {
    const raw = fc.tuple(bytes(600), bytes(600)).map(([header, body]) => `${header}\r\n\r\n${body}`);
    fc.assert(
      fc.property(raw, place, (text, where) => expectRead(mailFromEml(Buffer.from(text, 'latin1'), where))),
      { ...seeded, numRuns: 500 },
    );
  });

  it('is read whatever fields, parts, boundaries, charsets and encodings it has', () => {
    fc.assert(
      fc.property(structuredMail, place, (raw, where) => expectRead(mailFromEml(raw, where))),
      { ...seeded, numRuns: 2_000 },
    );
  });

  it('is read when its structure is of another mail than its body, or its body is cut anywhere', () => {
    const cut = fc.nat({ max: 3_000 });
    fc.assert(
      fc.property(structuredMail, anyStructure, cut, (raw, structure, end) => {
        const mail = mailFromEml(raw);
        expectRead({ ...mail, structure, bodyStart: mail.bodyStart.subarray(0, end), body: undefined });
      }),
      { ...seeded, numRuns: 1_000 },
    );
  });
});

describe('every mail of the vectors', () => {
  const folder = new URL('../../vectors/', import.meta.url).pathname;
  const names = readdirSync(folder).filter((name) => name.endsWith('.eml'));
  const mails = names.map((name) => readFileSync(join(folder, name)));

  const share = fc.double({ min: 0, max: 0.999, noNaN: true });
  const range = fc.tuple(share, share).map((pair) => ({ from: Math.min(...pair), to: Math.max(...pair) }));
  const at = (raw: Buffer, where: number) => Math.floor(raw.length * where);

  type Change = (raw: Buffer) => Buffer;
  const flip = fc.array(fc.tuple(share, fc.nat({ max: 255 })), { minLength: 1, maxLength: 8 }).map(
    (all): Change =>
      (raw) => {
        const flipped = Buffer.from(raw);
        for (const [where, byte] of all) flipped.subarray(at(raw, where)).subarray(0, 1).fill(byte);
        return flipped;
      },
  );
  const dropped = range.map(
    ({ from, to }): Change =>
      (raw) =>
        Buffer.concat([raw.subarray(0, at(raw, from)), raw.subarray(at(raw, to))]),
  );
  const cut = share.map(
    (end): Change =>
      (raw) =>
        raw.subarray(0, at(raw, end)),
  );
  const doubled = range.map(
    ({ from, to }): Change =>
      (raw) =>
        Buffer.concat([raw.subarray(0, at(raw, to)), raw.subarray(at(raw, from))]),
  );
  const spliced = fc.tuple(fc.constantFrom(...mails), range, share).map(
    ([other, { from, to }, into]): Change =>
      (raw) => {
        const piece = other.subarray(at(other, from), at(other, to));
        return Buffer.concat([raw.subarray(0, at(raw, into)), piece, raw.subarray(at(raw, into))]);
      },
  );
  // As some programs store mail.
  const bareLineFeeds = fc.constant<Change>((raw) =>
    Buffer.from(raw.toString('latin1').replaceAll('\r\n', '\n'), 'latin1'),
  );
  const change = fc.oneof(flip, dropped, cut, doubled, spliced, bareLineFeeds);

  it.each(names.map((name, index) => [name, index] as const))(
    '%s is read however it is damaged',
    (_, index) => {
      const raw = mails[index] ?? Buffer.alloc(0);
      const damaged = fc
        .array(change, { minLength: 1, maxLength: 3 })
        .map((all) => all.reduce<Buffer>((mail, by) => by(mail), raw));
      fc.assert(
        fc.property(damaged, place, (mail, where) => expectRead(mailFromEml(mail, where))),
        { seed: seeded.seed + index, numRuns: raw.length > 20_000 ? 5 : 25 },
      );
    },
  );

  it('is read when it is a report of which much was fetched', () => {
    const reports = mails.filter((raw) => raw.includes('multipart/report'));
    expect(reports.length).toBeGreaterThan(20);
    for (const raw of reports) {
      const long = Buffer.concat([
        raw,
        Buffer.alloc(limits.reportBytes, '\r\nFinal-Recipient: rfc822; a@b.test\r\n\r\n'),
      ]);
      const mail = mailFromEml(long);
      expectRead({ ...mail, bodyStart: long.subarray(-limits.reportBytes) });
    }
  });
});
