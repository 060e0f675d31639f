/**
 * A Content-Disposition that makes a browser save and never show (RFC 6266): the name in plain ASCII for old clients,
 * and whole in UTF-8 (RFC 8187). Path separators and control characters, which a sender can put there, are dropped.
 */
export function attachment(filename: string): string {
  const allowed = filename.replace(/[\p{Cc}\p{Cf}\p{Cs}/\\]/gu, '');
  // By code points: half a surrogate pair cannot be encoded.
  const name = [...allowed].slice(0, 150).join('') || 'file';
  const ascii = name.replace(/[^ -~]|["%]/gu, '_');
  return `attachment; filename="${ascii}"; filename*=UTF-8''${extValue(name)}`;
}

/** RFC 8187 attr-char allows fewer characters than encodeURIComponent leaves. */
function extValue(text: string): string {
  return encodeURIComponent(text).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
