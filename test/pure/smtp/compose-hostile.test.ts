import fc from 'fast-check';
import { simpleParser } from 'mailparser';
import { describe, expect, it } from 'vitest';
import { parseAddresses } from '../../../shared/coi/addresses.ts';
import { decodeText } from '../../../shared/coi/decode-text.ts';
import { parseHeader } from '../../../shared/coi/header.ts';
import { Fault } from '../../../shared/core/faults.ts';
import { composeMail } from '../../../shared/smtp/compose.ts';
import { composeMessage, type MessageToCompose } from '../../../shared/smtp/compose-message.ts';
import { textPart } from '../../../shared/smtp/compose-part.ts';
import { messageToCompose } from '../../support/composed-mail.ts';

/** Texts as attackers and all the world write them: what ends fields, headers, parts and quotes is in many of them. */
const anyText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc
    .array(
      fc.constantFrom(
        ...['\r\n', '\n', '\r', '\0', ' ', '\t', ':', ';', ',', '"', "'", '\\', '<', '>', '(', ')', '@', '='],
        ...[
          '=?utf-8?q?',
          '?=',
          'Bcc: eve@example.org',
          '\r\n\r\n',
          '--',
          '\u2028',
          '\u0085',
          'ä',
          '名',
          '👋',
          'a',
        ],
        ...['</p>', '<script>', '&', '-->', '.', '\r\n.\r\n', '%0d%0a', "utf-8''", '*0*'],
      ),
      { maxLength: 20 },
    )
    .map((pieces) => pieces.join('')),
);

/** Halves of surrogate pairs are no characters, and are replaced. */
const asUtf8 = (text: string) => Buffer.from(text, 'utf8').toString('utf8');

const runs = { numRuns: 300 };

/** The mail, or undefined when it was refused. */
async function mailOf(message: MessageToCompose): Promise<Buffer | undefined> {
  try {
    return await composeMessage(message);
  } catch (error) {
    if (error instanceof Fault && error.code === 'invalid-request') return undefined;
    throw error;
  }
}

/** Names of all fields of the mail, in order, whatever they hold. */
const fieldsOf = async (raw: Buffer) => (await simpleParser(raw)).headerLines.map(({ key }) => key);

/** What holds of every mail, so that no server and no reader sees another one. */
function expectSound(raw: Buffer) {
  const text = raw.toString('latin1');
  expect(text).not.toMatch(/[^\r]\n|\r(?!\n)|\0/);
  expect(text).toMatch(/^[!-~\t \r\n]*$/);
  expect(Math.max(...text.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(998);
}

const inGroup = (name: string, changes: { oldName?: string; description?: string } = {}) =>
  ({
    title: name,
    group: {
      id: 'abcdefgh12345678',
      name,
      oldName: changes.oldName,
      description: changes.description,
      isNew: true,
    },
  }) as const;

const hello = { kind: 'text', text: 'Hello', markdown: undefined, pinned: undefined } as const;

describe('whatever stands in', () => {
  it('the name of a group, its name before, and its description, the mail has the same fields', async () => {
    const usual = await composeMessage(
      messageToCompose(
        { kind: 'group-update', name: 'a', description: 'a', add: [], remove: [] },
        inGroup('a', { oldName: 'b', description: 'c' }),
      ),
    );
    const fields = await fieldsOf(usual);
    let made = 0;
    await fc.assert(
      fc.asyncProperty(anyText, anyText, anyText, async (name, oldName, description) => {
        const raw = await mailOf(
          messageToCompose(
            { kind: 'group-update', name, description, add: [], remove: [] },
            inGroup(name, { oldName, description }),
          ),
        );
        if (raw === undefined) {
          expect(name).toMatch(/[\r\n\0]/);
          return;
        }
        made += 1;
        expectSound(raw);
        const optional = new Set([
          ...(name === '' ? ['subject', 'chat-group-name'] : []),
          ...(oldName === '' ? ['chat-group-name-changed'] : []),
          ...(description === '' ? ['chat-group-description'] : []),
        ]);
        expect(await fieldsOf(raw)).toEqual(fields.filter((key) => !optional.has(key)));
        const header = parseHeader(raw);
        const shown = (text: string) =>
          asUtf8(text)
            .replace(/\p{Cc}+/gu, ' ')
            .trim();
        expect(decodeText(header.first('chat-group-name') ?? '').trim()).toBe(shown(name));
        expect(decodeText(header.first('subject') ?? '').trim()).toBe(shown(name));
      }),
      runs,
    );
    expect(made).toBeGreaterThan(100);
  });

  it('the names of people, they name nobody else', async () => {
    const fields = await fieldsOf(await composeMessage(messageToCompose(hello, { requestReceipt: true })));
    await fc.assert(
      fc.asyncProperty(anyText, anyText, async (from, to) => {
        const raw = await mailOf(
          messageToCompose(hello, {
            from: { address: 'alice@example.org', name: from },
            to: [
              { address: 'bob@example.org', name: to },
              { address: 'carol@example.org', name: undefined },
            ],
            requestReceipt: true,
          }),
        );
        if (raw === undefined) {
          expect(`${from}${to}`).toMatch(/[\r\n\0]/);
          return;
        }
        expectSound(raw);
        expect(await fieldsOf(raw)).toEqual(fields);
        const header = parseHeader(raw);
        const addressesIn = (name: string) =>
          parseAddresses(header.first(name) ?? '').map(({ address }) => address);
        expect(addressesIn('from')).toEqual(['alice@example.org']);
        expect(addressesIn('to')).toEqual(['bob@example.org', 'carol@example.org']);
        expect(addressesIn('disposition-notification-to')).toEqual(['alice@example.org']);
      }),
      runs,
    );
  });

  it('an address, it is refused or stands alone', async () => {
    await fc.assert(
      fc.asyncProperty(anyText, async (address) => {
        const raw = await mailOf(messageToCompose(hello, { to: [{ address, name: undefined }] }));
        if (raw === undefined) return;
        expect(await fieldsOf(raw)).not.toContain('bcc');
        expect(parseAddresses(parseHeader(raw).first('to') ?? '')).toHaveLength(1);
      }),
      runs,
    );
  });

  it('the name of a file, there is one file of that name', async () => {
    await fc.assert(
      fc.asyncProperty(anyText, async (filename) => {
        fc.pre(filename !== '');
        const file = {
          filename,
          type: 'text/plain',
          content: Buffer.from('x'),
          voice: false,
          durationMs: undefined,
        };
        const raw = await mailOf(messageToCompose(hello, { files: [file] }));
        if (raw === undefined) {
          expect(filename).toMatch(/[\p{Cc}/\\]/u);
          return;
        }
        expectSound(raw);
        const { attachments, text } = await simpleParser(raw);
        expect(attachments.map(({ content }) => content.toString())).toEqual(['x']);
        expect(text?.trimEnd()).toBe('Hello');
      }),
      runs,
    );
  });

  it('a media type, it is refused or a file of that type', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyText,
        fc.constantFrom('image/', 'text/plain', 'multipart/mixed', ''),
        async (text, start) => {
          const type = `${start}${text}`;
          const file = {
            filename: 'a',
            type,
            content: Buffer.from('x'),
            voice: false,
            durationMs: undefined,
          };
          const raw = await mailOf(messageToCompose(hello, { files: [file] }));
          if (raw === undefined) return;
          expectSound(raw);
          expect(type).not.toMatch(/^multipart/i);
          expect((await simpleParser(raw)).attachments).toHaveLength(1);
        },
      ),
      runs,
    );
  });

  it('a text, it stays in its part and comes out as it was', async () => {
    await fc.assert(
      fc.asyncProperty(anyText, async (text) => {
        const files = [
          {
            filename: 'a',
            type: 'image/png',
            content: Buffer.from('x'),
            voice: false,
            durationMs: undefined,
          },
        ];
        const raw = await composeMessage(
          messageToCompose({ kind: 'text', text, markdown: text, pinned: undefined }, { files }),
        );
        expectSound(raw);
        const parsed = await simpleParser(raw);
        const lines = (value: string) =>
          asUtf8(value)
            .replace(/\r\n|\r|\n/g, '\n')
            .trimEnd();
        expect(lines(parsed.text ?? '')).toBe(lines(text));
        expect(parsed.attachments.filter(({ contentType }) => contentType === 'image/png')).toHaveLength(1);
      }),
      runs,
    );
  });

  it('what is shown as HTML, it adds no element to it', async () => {
    const elementsIn = (html: string) => [...html.matchAll(/<\/?[a-z]+/gi)].map(([tag]) => tag);
    const htmlOf = async (question: string, option: string) => {
      const content = { kind: 'poll', question, options: [option, 'b'], multiple: true } as const;
      const { html } = await simpleParser(await composeMessage(messageToCompose(content)));
      return html || '';
    };
    const usual = elementsIn(await htmlOf('a', 'a'));
    await fc.assert(
      fc.asyncProperty(anyText, anyText, async (question, option) => {
        expect(elementsIn(await htmlOf(question, option))).toEqual(usual);
      }),
      runs,
    );
  });

  it('a field of a part, it is refused or stands in that part', async () => {
    await fc.assert(
      fc.asyncProperty(anyText, async (value) => {
        const body = textPart('plain', 'Hello', { 'Chat-Content': value });
        const { from, to, messageId, date } = messageToCompose(hello);
        const mail = { from, to, messageId, date, subject: '', references: [], body, requestReceipt: false };
        const raw = await composeMail(mail).catch((error: unknown) => {
          if (!(error instanceof Fault)) throw error;
        });
        if (raw === undefined) {
          expect(value).toMatch(/[^\x20-\x7e]/);
          return;
        }
        expectSound(raw);
        expect((await simpleParser(raw)).text?.trimEnd()).toBe('Hello');
      }),
      runs,
    );
  });
});
