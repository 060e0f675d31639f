import { convert } from 'html-to-text';
import { simpleParser } from 'mailparser';
import { parseHeader } from '../coi/header.ts';
import { limits } from '../core/limits.ts';
import { cleanHtml } from './clean-html.ts';

/** One text part as it lies in the mailbox: its MIME header, and its body still encoded and bounded by whoever read it. */
export type TextSource = { readonly mime: Buffer; readonly body: Buffer };

export type MailText = {
  /** Empty when there is nothing to read. */
  readonly text: string;
  /** Sanitised: it loads nothing, runs nothing, and is safe to show. Undefined when no part is HTML. */
  readonly html: string | undefined;
};

/** What a person reads in these parts; never throws, a part that cannot be read is left out. */
export async function readText(sources: readonly TextSource[]): Promise<MailText> {
  const plain: string[] = [];
  const rich: string[] = [];
  for (const source of sources) {
    const { text, html } = await decode(source);
    if (html !== undefined) rich.push(cleanHtml(html));
    else if (text !== undefined) plain.push(text);
  }
  const html = rich.length === 0 ? undefined : rich.join('\n');
  const text = plain.length === 0 ? textOfHtml(html ?? '') : plain.join('\n');
  return { text, html };
}

/** Transfer encoding, charset and format=flowed undone. */
async function decode({ mime, body }: TextSource): Promise<{ text?: string; html?: string }> {
  const header = parseHeader(mime);
  const type = header.first('content-type') ?? 'text/plain';
  // The sender wrote the header: one that says multipart would have the parser take the text apart again.
  if (!/^\s*text\/(?:plain|html)\b/i.test(type)) return {};
  const encoding = header.first('content-transfer-encoding') ?? '7bit';
  const head = `Content-Type: ${type}\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n`;
  try {
    const { text, html } = await simpleParser(Buffer.concat([Buffer.from(head, 'utf8'), body]), {
      skipHtmlToText: true,
      skipTextToHtml: true,
      skipTextLinks: true,
      skipImageLinks: true,
      maxHtmlLengthToParse: limits.shownTextBytes,
    });
    if (typeof html === 'string') return { html };
    // A mail ends with a line break (RFC 5322 section 2.3), whatever its author wrote.
    return text === undefined ? {} : { text: text.replace(/\r\n?/g, '\n').replace(/\n$/, '') };
  } catch {
    // Bytes of a stranger that no parser makes sense of, in whatever way it says so: there is nothing to show.
    return {};
  }
}

function textOfHtml(html: string): string {
  return convert(html, {
    wordwrap: false,
    limits: { maxInputLength: limits.shownTextBytes, maxDepth: limits.htmlDepth },
    selectors: [
      { selector: 'a', options: { hideLinkHrefIfSameAsText: true, linkBrackets: ['<', '>'] } },
      ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({
        selector,
        options: { uppercase: false },
      })),
    ],
  });
}
