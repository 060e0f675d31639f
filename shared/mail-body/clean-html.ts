import sanitizeHtml from 'sanitize-html';
import { limits } from '../core/limits.ts';

/**
 * HTML of a stranger, without all that could run, load, or change the page around it: no scripts, styles, images, forms or
 * frames. Links open apart and tell the other side nothing.
 */
export function cleanHtml(html: string): string {
  return sanitizeHtml(html.slice(0, limits.shownTextBytes), {
    allowedTags: tags,
    allowedAttributes: {
      a: ['href', 'rel', 'target'],
      td: ['colspan', 'rowspan'],
      th: ['colspan', 'rowspan'],
    },
    allowedSchemes: ['http', 'https', 'mailto', 'tel'],
    allowProtocolRelative: false,
    nestingLimit: limits.htmlDepth,
    transformTags: {
      a: (tagName, { href }) => ({
        tagName,
        attribs: {
          ...(href === undefined ? {} : { href }),
          rel: 'noopener noreferrer nofollow',
          target: '_blank',
        },
      }),
    },
  });
}

const tags = `
  a abbr b bdi bdo blockquote br caption cite code dd del div dl dt em h1 h2
  h3 h4 h5 h6 hr i ins kbd li mark ol p pre q s small span strong
  sub sup table tbody td tfoot th thead tr u ul
`
  .trim()
  .split(/\s+/);
