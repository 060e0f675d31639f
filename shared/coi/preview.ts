/** The first words for a notification: no quotes, no signature, one line, at most `limit` characters. */
export function previewOf(text: string, limit: number): string | undefined {
  const words = ownWordsOf(text)
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  if (words === '') return undefined;
  if (words.length <= limit) return words;
  // A character has two units at most: no need to take a long text apart.
  const cut = [...words.slice(0, 2 * limit)].slice(0, limit).join('');
  return cut.length < words.length ? `${cut.trimEnd()}…` : cut;
}

/** What the sender wrote: without quotes, the line that announces one ("... wrote:"), and the signature below `-- `. */
export function ownWordsOf(text: string): string {
  const lines = text.split(/\r?\n/);
  const signature = lines.indexOf('-- ');
  const written = signature < 0 ? lines : lines.slice(0, signature);
  return written.filter((line, at) => !line.startsWith('>') && !announcesQuote(written, at)).join('\n');
}

function announcesQuote(lines: readonly string[], at: number): boolean {
  if (lines[at]?.trimEnd().endsWith(':') !== true) return false;
  const next = lines[at + 1]?.trim() === '' ? lines[at + 2] : lines[at + 1];
  return next?.startsWith('>') === true;
}
