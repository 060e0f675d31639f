import { limits } from '../core/limits.ts';

/** The header of a mail or of a body part (RFC 5322 section 2.2): unfolded values, by name without regard to case. */
export type Header = {
  /** The first field of this name, unfolded and trimmed, still encoded (RFC 2047). */
  first(name: string): string | undefined;
  all(name: string): readonly string[];
  has(name: string): boolean;
};

/**
 * Reads a header block up to its empty line. Any bytes give a result: lines that are no field are skipped, and what lies
 * beyond `limits.headerBytes` is not looked at.
 */
export function parseHeader(block: Buffer): Header {
  const fields = new Map<string, string[]>();
  const text = block.toString('latin1', 0, Math.min(block.length, limits.headerBytes));
  const end = /^\r?\n|\r?\n\r?\n/.exec(text)?.index ?? text.length;
  // A line that starts with a blank continues the one before (folding).
  const header = text.slice(0, end);
  const decode = /[\u0080-\u00ff]/.test(header) ? textOf : (value: string) => value;
  for (const field of header.split(/\r?\n(?![ \t])/)) {
    const colon = field.indexOf(':');
    if (colon <= 0) continue;
    const name = field.slice(0, colon).trim().toLowerCase();
    const value = decode(field.slice(colon + 1).replace(/\r?\n/g, '')).trim();
    const same = fields.get(name);
    if (same === undefined) fields.set(name, [value]);
    else same.push(value);
  }
  return {
    first: (name) => fields.get(name.toLowerCase())?.[0],
    all: (name) => fields.get(name.toLowerCase()) ?? [],
    has: (name) => fields.has(name.toLowerCase()),
  };
}

/** Field values are ASCII by the old rules and UTF-8 by RFC 6532; what is neither stays Latin-1, as senders mean it. */
function textOf(latin1: string): string {
  if (!/[\u0080-\u00ff]/.test(latin1)) return latin1;
  const text = Buffer.from(latin1, 'latin1').toString('utf8');
  return text.includes('\ufffd') ? latin1 : text;
}
