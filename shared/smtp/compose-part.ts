import type MimeNode from 'nodemailer/lib/mime-node';

/** A part of a mail and what is in it, in the order in which it is written. */
export type MailPart = {
  /** Fields of its own besides its type, encoding and name. */
  readonly fields?: Readonly<Record<string, string>>;
} & (
  | {
      /** Media type; `multipart/...` for parts in parts. */
      readonly type: string;
      /** Bytes are always sent in base64; a text in what it needs, as UTF-8. */
      readonly content: string | Buffer;
      readonly filename?: string;
    }
  | { readonly multipart: 'alternative' | 'mixed'; readonly parts: readonly MailPart[] }
);

/**
 * A text part in UTF-8. Plain instead of format=flowed, which cannot carry trailing blanks and leading `>` as they are. Every
 * line break is made one of mails: a carriage return alone would go out as it is.
 */
export function textPart(
  subtype: 'plain' | 'html' | 'markdown',
  content: string,
  fields: Readonly<Record<string, string>> = {},
): MailPart {
  const lines = content.replace(/\r\n|\r|\n/g, '\r\n');
  return { type: `text/${subtype}; charset=utf-8`, content: lines, fields };
}

/** The only part as it is, or all of them in one. */
export function joined(
  multipart: 'alternative' | 'mixed',
  parts: readonly [MailPart, ...MailPart[]],
): MailPart {
  const [first, ...more] = parts;
  return more.length === 0 ? first : { multipart, parts };
}

/** Makes a node of a mail this part. */
export function fillNode(node: MimeNode, part: MailPart): void {
  for (const [name, value] of Object.entries(part.fields ?? {})) node.setHeader(name, value);
  if ('multipart' in part) {
    node.setHeader('Content-Type', `multipart/${part.multipart}`);
    for (const child of part.parts) fillNode(node.createChild('', { newline: 'win' }), child);
    return;
  }
  node.setHeader('Content-Type', part.type);
  if (part.filename !== undefined) node.filename = part.filename;
  if (Buffer.isBuffer(part.content)) node.setHeader('Content-Transfer-Encoding', 'base64');
  node.setContent(part.content);
}
