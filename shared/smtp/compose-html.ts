import { escapeHtml } from '../core/html.ts';

/** Lines of text as one paragraph; nothing for an empty text. */
export function paragraph(text: string): string {
  return text === '' ? '' : `<p>${escapeHtml(text).replace(/\r\n|\r|\n/g, '<br>\n')}</p>\n`;
}

/** An element with a class and a text. */
export function element(tag: 'p' | 'span' | 'li', className: string, text: string): string {
  return `<${tag} class="${className}">${escapeHtml(text)}</${tag}>`;
}

export function page(content: string): string {
  return `<!DOCTYPE html>\n<html>\n<head><meta charset="utf-8"></head>\n<body>\n${content}</body>\n</html>\n`;
}
