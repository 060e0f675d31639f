/**
 * The words of a small piece of html on lines of their own, for a preview where a mail has no plain text. Quotes are left
 * out, as they are of plain text. What is shown of a message is made elsewhere, with a real parser.
 */
export function wordsOfHtml(html: string): string {
  return decoded(
    html
      .replace(/\s+/g, ' ')
      .replace(hidden, ' ')
      .replace(/<(?:br|\/?(?:p|div|li|tr|h[1-6]|blockquote|pre|hr))\b[^<>]*>/gi, '\n')
      .replace(/<[^<>]*>?/g, ''),
  );
}

/** Each ends at its own end tag, or with the text where that is missing: no way to read it backwards. */
const hidden = /<!--(?:.*?-->|.*$)|<(head|style|script|title|blockquote)\b(?:.*?<\/\1\s*>|.*$)/gi;

const named: Readonly<Record<string, string>> = {
  amp: '&',
  apos: "'",
  gt: '>',
  hellip: '…',
  lt: '<',
  mdash: '—',
  nbsp: ' ',
  ndash: '–',
  quot: '"',
};

/** The references that mail programs write; others stay as they are. */
function decoded(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,6}));/gi, (whole, decimal, hex, name) => {
    if (typeof name === 'string') return named[name.toLowerCase()] ?? whole;
    const code = typeof decimal === 'string' ? Number(decimal) : Number.parseInt(String(hex), 16);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
