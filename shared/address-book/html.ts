import { escapeHtml } from '../core/html.ts';

/** @param content HTML, or undefined for an element that has no end */
export function element(
  name: string,
  attributes: Readonly<Record<string, string>>,
  content: readonly string[] | undefined,
): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeHtml(value)}"`);
  const start = `<${name}${written.join('')}>`;
  if (content === undefined) return start;
  const lines = content.length > 1 || content.some((each) => each.startsWith('<')) ? '\r\n' : '';
  return `${start}${lines}${content.join(lines)}${lines}</${name}>`;
}

/** A line that people see. */
export function shown(className: string, text: string, label?: string): string {
  return `${label === undefined ? '' : `${label}: `}${element('span', { class: className }, [escapeHtml(text)])}<br>`;
}

/** A value for programs alone. */
export function hidden(name: string, className: string, text: string): string {
  return element(name, { class: className, style: 'display: none' }, [escapeHtml(text)]);
}

export function page(content: string): string {
  return `<html>\r\n<body style="font-family: sans">\r\n${content}\r\n</body>\r\n</html>\r\n`;
}
