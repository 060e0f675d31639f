import { describe, expect, it } from 'vitest';
import { limits } from '../../../shared/core/limits.ts';
import { readText, type TextSource } from '../../../shared/mail-body/read-text.ts';

const part = (mime: string, body: string | Buffer): TextSource => ({
  mime: Buffer.from(mime),
  body: typeof body === 'string' ? Buffer.from(body) : body,
});
const html = (body: string) => part('Content-Type: text/html; charset=utf-8\r\n\r\n', body);

describe('readText', () => {
  it.each([
    ['quoted-printable', 'Gr=C3=BC=\r\n=C3=9Fe'],
    ['base64', Buffer.from('Grüße').toString('base64')],
    ['8bit', 'Grüße'],
  ])('undoes %s', async (encoding, body) => {
    const mime = `Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n`;
    expect((await readText([part(mime, body)])).text).toBe(Buffer.from('Grüße').toString());
  });

  it.each([
    ['iso-8859-1', Buffer.from([0x47, 0x72, 0xfc, 0xdf, 0x65]), 'Grüße'],
    ['windows-1252', Buffer.from([0x80, 0x20, 0x35]), '€ 5'],
    ['shift_jis', Buffer.from([0x93, 0xfa, 0x96, 0x7b]), '日本'],
    ['koi8-r', Buffer.from([0xf0, 0xd2, 0xc9]), 'При'],
  ])('undoes the charset %s', async (charset, body, text) => {
    expect((await readText([part(`Content-Type: text/plain; charset=${charset}\r\n\r\n`, body)])).text).toBe(
      text,
    );
  });

  it('joins the lines of flowed text, and takes the stuffing off quotes', async () => {
    const flowed = part(
      'Content-Type: text/plain; format=flowed\r\n\r\n',
      'one line \r\ngoes on\r\n > not quoted\r\n',
    );
    expect((await readText([flowed])).text.trim()).toBe('one line goes on\n> not quoted');
  });

  it('joins words that DelSp split', async () => {
    const mime = 'Content-Type: text/plain; format=flowed; delsp=yes\r\n\r\n';
    expect((await readText([part(mime, 'one \r\nword')])).text).toBe('oneword');
  });

  it('reads a part without a header as plain text', async () => {
    expect(await readText([part('', 'Hello')])).toEqual({ text: 'Hello', html: undefined });
  });

  it('reads several texts in their order', async () => {
    const plain = (body: string) => part('Content-Type: text/plain\r\n\r\n', body);
    expect((await readText([plain('one'), plain('two')])).text).toBe('one\ntwo');
  });

  it('prefers the plain text, and gives the HTML besides', async () => {
    const both = await readText([part('Content-Type: text/plain\r\n\r\n', 'plain'), html('<p>rich</p>')]);
    expect(both).toEqual({ text: 'plain', html: '<p>rich</p>' });
  });

  it('makes text of HTML where there is nothing else', async () => {
    const { text } = await readText([
      html('<h1>Title</h1><p>One<br>two</p><ul><li>three</li></ul><a href="https://example.org/">there</a>'),
    ]);
    expect(text).toContain('Title');
    expect(text).toContain('One\ntwo');
    expect(text).toContain('* three');
    expect(text).toContain('there <https://example.org/>');
  });

  it.each([
    ['<script>alert(1)</script>', ''],
    ['<style>p{background:url(https://example.org/spy)}</style>', ''],
    ['<img src="https://example.org/spy.png">', ''],
    ['<img src="cid:1" onerror="alert(1)">', ''],
    ['<p style="background:url(https://example.org/spy)">a</p>', '<p>a</p>'],
    ['<p onclick="alert(1)" id="x" class="y">a</p>', '<p>a</p>'],
    ['<iframe src="https://example.org/"></iframe>', ''],
    ['<form action="https://example.org/"><input name="password"></form>', ''],
    ['<svg><script>alert(1)</script></svg>', ''],
    ['<link rel="stylesheet" href="https://example.org/spy">', ''],
    ['<base href="https://example.org/">', ''],
    ['<meta http-equiv="refresh" content="0;url=https://example.org/">', ''],
    ['<video src="https://example.org/spy"></video>', ''],
    ['<object data="https://example.org/spy"></object>', ''],
  ])('leaves nothing of %s that runs or loads', async (dirty, clean) => {
    expect((await readText([html(dirty)])).html).toBe(clean);
  });

  it('opens links apart and tells the other side nothing', async () => {
    const { html: clean } = await readText([html('<a href="https://example.org/" target="_top">a</a>')]);
    expect(clean).toBe(
      '<a href="https://example.org/" rel="noopener noreferrer nofollow" target="_blank">a</a>',
    );
  });

  it.each([
    'javascript:alert(1)',
    ' jav\tascript:alert(1)',
    'data:text/html,x',
    '//example.org/',
    'file:///etc/passwd',
  ])('drops the link %j', async (href) => {
    expect((await readText([html(`<a href="${href}">a</a>`)])).html).not.toContain('href');
  });

  it('does not take a part apart whose header says that it is more than one', async () => {
    const nested = part('Content-Type: multipart/mixed; boundary=b\r\n\r\n', '--b\r\n\r\ninside\r\n--b--');
    expect(await readText([nested])).toEqual({ text: '', html: undefined });
  });

  it('gives nothing for what it cannot read, and never throws', async () => {
    const odd = [
      part('Content-Type: text/plain; charset=no-such-charset\r\n\r\n', Buffer.from([0xff, 0xfe, 0x00])),
      part('Content-Type: text/plain; charset="\r\n\r\n', 'x'),
      part('Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n', '!!!!'),
      part('\r\n:::\r\n', Buffer.alloc(10, 0)),
    ];
    for (const source of odd) await expect(readText([source])).resolves.toHaveProperty('text');
  });

  it('does not nest HTML deeper than a page can bear', async () => {
    const { html: clean } = await readText([html('<div>'.repeat(1_000))]);
    expect(clean?.match(/<div>/g)?.length).toBeLessThanOrEqual(limits.htmlDepth);
  });

  // Whoever takes quadratic time for these has not ended when the test's time is over.
  it.each(['<div>', '<a href="', '<!--'])('comes to an end with HTML made to be slow: %s', async (piece) => {
    const hostile = html(piece.repeat(limits.shownTextBytes / piece.length));
    await expect(readText([hostile])).resolves.toHaveProperty('html');
  });
});
