import { withoutAddresses } from '../app/mentions.ts';
import { texts } from '../app/texts.ts';

export type Told = Readonly<Record<string, unknown>>;

/** What a notification shows. Those with the same tag take each other's place; `line` is what this push adds to it. */
export type Shown = { readonly title: string; readonly line: string; readonly tag: string };

/** What is known besides the push: the text where it did not come along, and what the group is called. */
export type Known = { readonly text?: string | undefined; readonly group?: string | undefined };

/** The payload of COI WebPush, with this service's own member `x-coi-push`. */
export function shownOf(told: Told, known: Known = {}): Shown {
  const ours = recordOf(told['x-coi-push']);
  const { told: said } = texts;
  if (typeof told['validation'] === 'string') return { title: said.on, line: '', tag: 'validation' };
  if (ours['kind'] === 'test') return { title: said.test, line: said.testBody, tag: 'test' };
  if (ours['kind'] === 'account')
    return ours['status'] === 'login-refused'
      ? { title: said.refused, line: said.refusedBody, tag: 'account' }
      : { title: said.well, line: '', tag: 'account' };
  const sender = words(told['from-name']) || words(told['from-email']);
  const count = Number(ours['count'] ?? 1);
  const isReaction = ours['kind'] === 'reaction';
  const text = isReaction
    ? said.reaction(words(ours['emoji']))
    : count > 1
      ? said.messages(count)
      : textOf(told) || known.text || kindOf(ours) || said.message;
  const inGroup = known.group !== undefined;
  const who = ours['mention'] === true ? said.mention(sender) : inGroup ? sender : '';
  return {
    title: known.group ?? (sender || said.message),
    line: who === '' ? text : `${who}: ${text}`,
    tag: words(ours['conversation']) || words(told['msg-id']) || 'message',
  };
}

/** The text that came along: whole, as it was sent, or its first words. '' where there is none to read. */
export function textOf(told: Told): string {
  const preview = words(recordOf(told['x-coi-push'])['preview']);
  const content = told['content'];
  if (typeof content !== 'string') return preview;
  const [type = '', ...parameters] = words(told['content-type']).toLowerCase().split(';');
  if (type !== '' && type.trim() !== 'text/plain') return preview;
  const value = (name: string) =>
    parameters
      .map((each) => each.trim().split('='))
      .find(([key]) => key === name)?.[1]
      ?.replaceAll('"', '');
  const decoded = decode(content, words(told['content-encoding']).toLowerCase(), value('charset') ?? 'utf-8');
  // Soft line breaks (RFC 3676), and what the message answers, which stands above it.
  const flowed =
    value('format') === 'flowed'
      ? decoded.replaceAll(/ \r?\n/g, value('delsp') === 'yes' ? '' : ' ')
      : decoded;
  const own = flowed.split(/\r?\n/).filter((line) => !line.startsWith('>'));
  return withoutAddresses(own.join('\n').trim());
}

function decode(content: string, encoding: string, charset: string): string {
  if (encoding === 'base64') return bytesToText(atob(content.replaceAll(/\s/g, '')), charset);
  if (encoding !== 'quoted-printable') return content;
  const bytes = content
    .replaceAll(/=[ \t]*\r?\n/g, '')
    .replaceAll(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return bytesToText(bytes, charset);
}

function bytesToText(binary: string, charset: string): string {
  try {
    return new TextDecoder(charset).decode(Uint8Array.from(binary, (each) => each.charCodeAt(0)));
  } catch {
    // A charset that this browser does not know.
    return '';
  }
}

function kindOf(ours: Told): string {
  const kinds: Readonly<Record<string, string>> = { ...texts.kinds, encrypted: texts.encryptedShort };
  return kinds[words(ours['kind'])] ?? '';
}

export function words(value: unknown): string {
  return typeof value === 'string' ? value.trim() : '';
}

export function parseTold(text: string | undefined): Told {
  try {
    return recordOf(JSON.parse(text ?? '{}'));
  } catch {
    return {};
  }
}

export function recordOf(value: unknown): Told {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
