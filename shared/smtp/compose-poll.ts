import type { PollContent } from '../coi/message-content.ts';
import { escapeHtml } from '../core/html.ts';
import { element, page, paragraph } from './compose-html.ts';
import { textPart } from './compose-part.ts';
import type { Said } from './compose-said.ts';

/**
 * Polls. The COI client spec names `poll`, `pollvote` and `pollclose` and the classes of options, and leaves the mails
 * open; this is our own profile of them, in the manner of its other parts:
 *
 * - A poll has an html part `Chat-Content: poll` with an `h-poll` element: `p-name` (the question), one `p-poll-option` per
 *   option, and `p-poll-multiple`, which is `true` where several may be chosen.
 * - A vote is a mail with `Chat-Content: pollvote` that answers the poll (`In-Reply-To`); its html part has the chosen
 *   options as `p-poll-option`, word for word. A later vote of the same sender replaces it; one without options takes it
 *   back.
 * - The end of a poll is a mail with `Chat-Content: pollclose` that answers the poll, from who started it.
 */
export function sayPoll({ question, options, multiple }: PollContent): Said {
  const numbered = options.map((option, index) => `${index + 1}. ${option}`);
  const hint = multiple ? 'Choose one or more.' : 'Choose one.';
  const html =
    `<div class="h-poll">\n${element('p', 'p-name', question)}\n<ol>\n${optionList(options)}</ol>\n` +
    `<p>${escapeHtml(hint)}</p>\n<data class="p-poll-multiple" value="${multiple}"></data>\n</div>\n`;
  return {
    text: [question, '', ...numbered, '', hint].join('\n'),
    others: [textPart('html', page(html), { 'Chat-Content': 'poll' })],
  };
}

export function sayPollVote(options: readonly string[]): Said {
  const text = options.length === 0 ? 'Vote withdrawn.' : `Vote: ${options.join(', ')}`;
  const html = `${paragraph(text)}<div style="display: none">\n<ul>\n${optionList(options)}</ul>\n</div>\n`;
  return {
    text,
    others: [textPart('html', page(html))],
    fields: { 'Chat-Content': 'pollvote' },
  };
}

export function sayPollClose(text: string): Said {
  return { text: text === '' ? 'The poll is closed.' : text, fields: { 'Chat-Content': 'pollclose' } };
}

function optionList(options: readonly string[]): string {
  return options.map((option) => `${element('li', 'p-poll-option', option)}\n`).join('');
}
