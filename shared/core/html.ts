/** A text as HTML has it, in content and in attributes; control characters, which mean nothing there, become blanks. */
export function escapeHtml(text: string): string {
  return text
    .replace(/[^\P{Cc}\t\r\n]/gu, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
