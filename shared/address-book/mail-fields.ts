/** One header field as it was written, folded lines and the last line break included. */
export type Field = { readonly name: string; readonly bytes: Buffer };

/** A mail taken apart so that what is not to be changed stays byte for byte. `name` is lower case. */
export type OpenMail = { readonly fields: readonly Field[]; readonly body: Buffer };

/** Lines of the header that are no field are left out: nothing could be made of them. */
export function takeApart(source: Buffer): OpenMail {
  const text = source.toString('latin1');
  const gap = /^\r?\n|\r?\n\r?\n/.exec(text);
  const bodyAt = gap === null ? source.length : gap.index + gap[0].length;
  const fields: Field[] = [];
  // A line that starts with a blank continues the one before (folding).
  for (const lines of text.slice(0, bodyAt).split(/(?<=\n)(?![ \t])/)) {
    const [, name] = /^([!-9;-~]+)[ \t]*:/.exec(lines) ?? [];
    const bytes = Buffer.from(lines.endsWith('\n') ? lines : `${lines}\r\n`, 'latin1');
    if (name !== undefined) fields.push({ name: name.toLowerCase(), bytes });
  }
  return { fields, body: source.subarray(bodyAt) };
}

export function putTogether({ fields, body }: OpenMail): Buffer {
  return Buffer.concat([...fields.map(({ bytes }) => bytes), Buffer.from('\r\n'), body]);
}

/** The value of a field, unfolded. */
export function fieldValue({ bytes }: Field): string {
  const text = bytes.toString('utf8');
  return text
    .slice(text.indexOf(':') + 1)
    .replace(/\r?\n/g, '')
    .trim();
}

/** A new field. Its value holds no line break, which would begin another one. */
export function fieldOf(name: string, value: string): Field {
  const line = `${name}: ${value.replace(/\p{Cc}+/gu, ' ')}\r\n`;
  return { name: name.toLowerCase(), bytes: Buffer.from(line, 'utf8') };
}
