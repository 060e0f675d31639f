import { mailDateText } from '../coi/mail-date.ts';
import type { Pin } from '../coi/mail-record.ts';
import type { TextContent } from '../coi/message-content.ts';
import { textPart } from './compose-part.ts';
import type { About, Said } from './compose-said.ts';

/**
 * Words, perhaps formatted, perhaps to stay in view (COI client spec, "Text Messages" and "Pinned Messages"). The pin is
 * never on the text itself: a disposition they do not know makes it an attachment to ordinary mail programs (RFC 2183
 * section 2.8).
 */
export function sayText({ text, markdown, pinned }: TextContent): Said {
  return {
    text,
    ...(markdown === undefined ? {} : { others: [textPart('markdown', markdown)] }),
    ...(pinned === undefined ? {} : { around: { 'Content-Disposition': pinnedDisposition(pinned) } }),
  };
}

/**
 * The new words for a message (COI client spec, "Edit and Delete Messages"), which names the edit before. Delta Chat takes the
 * message that was edited, and its name from nowhere but the first part of a multipart/mixed (chatmail/core,
 * mimeparser.rs, 2026).
 */
export function sayEdit(text: string, about: About): Said {
  return {
    text,
    fields: { 'Chat-Content': 'editrequest' },
    textFields: { 'Chat-Edit': about.root },
    around: {},
  };
}

/**
 * COI client spec, "Edit and Delete Messages". Delta Chat's `Chat-Delete` is left out: unencrypted it deletes nothing there
 * and hides this whole mail (chatmail/core, receive_imf.rs, 2026), so that nobody would learn what the sender wanted.
 */
export function sayDelete(): Said {
  return { text: '(The sender has deleted this message.)', fields: { 'Chat-Content': 'deleterequest' } };
}

/**
 * RFC 9078: a part that is the reaction, of which none takes back all. Ordinary mail programs take that part for an
 * attachment, so it has words beside it; it comes last, because Delta Chat reads the last text of several.
 */
export function sayReaction(emoji: readonly string[]): Said {
  const reaction = textPart('plain', emoji.join(' '), { 'Content-Disposition': 'reaction' });
  return {
    text: emoji.length === 0 ? '(The sender has taken back a reaction.)' : `Reacted with ${emoji.join(' ')}`,
    others: [reaction],
  };
}

/** The spec's example has the date unquoted; quoted (RFC 2045 section 5.1), servers and parsers keep it whole. */
function pinnedDisposition({ until }: Pin): string {
  return until === undefined ? 'pinned' : `pinned; timeout="${mailDateText(until)}"`;
}
