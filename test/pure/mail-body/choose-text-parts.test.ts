import { describe, expect, it } from 'vitest';
import type { BodyPart } from '../../../shared/coi/received-mail.ts';
import { limits } from '../../../shared/core/limits.ts';
import { chooseTextParts } from '../../../shared/mail-body/choose-text-parts.ts';

/** A tree written down short: `type`, or `[type, ...children]`; parts are numbered as IMAP does. */
type Sketch = string | readonly [string, ...Sketch[]];

function treeOf(sketch: Sketch, part = ''): BodyPart {
  const [written = '', ...below]: readonly Sketch[] = typeof sketch === 'string' ? [sketch] : sketch;
  const [type = '', disposition] = String(written).split(' ');
  const children = below.map((child, index) =>
    treeOf(child, part === '' ? `${index + 1}` : `${part}.${index + 1}`),
  );
  const named = children.length === 0 && part === '' ? '1' : part;
  return {
    ...{ part: named, type, parameters: {}, encoding: '7bit', size: 1 },
    ...{ disposition, filename: undefined, children },
  };
}

const chosen = (sketch: Sketch, html: boolean) =>
  chooseTextParts(treeOf(sketch), { html }).map(({ part, type }) => `${part} ${type}`);

const alternative = ['multipart/alternative', 'text/plain', 'text/html'] as const;

describe('chooseTextParts', () => {
  it.each<[string, Sketch, string[], string[]]>([
    ['a plain mail', 'text/plain', ['1 text/plain'], ['1 text/plain']],
    ['a mail of HTML alone', 'text/html', ['1 text/html'], ['1 text/html']],
    ['a mail in two forms', alternative, ['1 text/plain'], ['1 text/plain', '2 text/html']],
    [
      'HTML with its pictures',
      ['multipart/alternative', 'text/plain', ['multipart/related', 'text/html', 'image/png']],
      ['1 text/plain'],
      ['1 text/plain', '2.1 text/html'],
    ],
    [
      'a mail with attachments, text ones among them',
      ['multipart/mixed', alternative, 'image/png attachment', 'text/plain attachment'],
      ['1.1 text/plain'],
      ['1.1 text/plain', '1.2 text/html'],
    ],
    [
      'text around a picture',
      ['multipart/mixed', 'text/plain', 'image/jpeg inline', 'text/plain'],
      ['1 text/plain', '3 text/plain'],
      ['1 text/plain', '3 text/plain'],
    ],
    [
      'a forwarded mail',
      ['multipart/mixed', 'text/plain', ['message/rfc822', 'text/plain']],
      ['1 text/plain'],
      ['1 text/plain'],
    ],
    ['a picture alone', 'image/png', [], []],
    ['a calendar invitation', ['multipart/alternative', 'text/calendar'], [], []],
  ])('finds the text of %s', (_, sketch, plain, rich) => {
    expect(chosen(sketch, false)).toEqual(plain);
    expect(chosen(sketch, true)).toEqual(rich);
  });

  it('reads no more parts than the limit', () => {
    const many = Array.from({ length: limits.shownTextParts + 5 }, () => 'text/plain');
    expect(chosen(['multipart/mixed', ...many], false)).toHaveLength(limits.shownTextParts);
  });
});
