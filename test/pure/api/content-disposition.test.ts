import { describe, expect, it } from 'vitest';
import { attachment } from '../../../functions/api/content-disposition.ts';

describe('the name a download is saved under', () => {
  it('is given plainly and in UTF-8', () => {
    expect(attachment('report.pdf')).toBe(`attachment; filename="report.pdf"; filename*=UTF-8''report.pdf`);
    expect(attachment('Grüße 🎉.txt')).toBe(
      `attachment; filename="Gr__e _.txt"; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20%F0%9F%8E%89.txt`,
    );
  });

  it.each([
    ['a line break', 'a\r\nSet-Cookie: x=1'],
    ['a quote', 'a"; filename=b'],
    ['a path', '../../etc/passwd'],
    ['a Windows path', 'C:\\x.exe'],
    ['a character that turns the direction of writing', 'exe.\u202Efdp'],
    ['half a surrogate pair', 'a\uD800b'],
    ['an apostrophe and a star', "it's*.txt"],
  ])('cannot be broken out of by %s', (_, name) => {
    const header = attachment(name);
    expect(header).toMatch(
      /^attachment; filename="[^"\\/%\p{Cc}\p{Cf}]*"; filename\*=UTF-8''[A-Za-z0-9._~!-]*(%[0-9A-F]{2}|[A-Za-z0-9._~!-])*$/u,
    );
    expect(() => new Headers({ 'content-disposition': header })).not.toThrow();
  });

  it('is never empty, and never longer than file systems take', () => {
    expect(attachment('\r\n')).toBe(`attachment; filename="file"; filename*=UTF-8''file`);
    expect(attachment('🎉'.repeat(400)).match(/%F0/g)).toHaveLength(150);
  });
});
