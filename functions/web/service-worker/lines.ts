import { recordOf } from './told.ts';

/** One message in a notification. */
export type Line = readonly [message: string, uid: string, text: string];

/** The newest messages of its conversation are in a notification. */
const mostLines = 4;

/** What a notification of these lines is like. */
export function optionsOf(tag: string, lines: readonly Line[], conversation: string, silent: boolean) {
  return {
    body: lines.map(([, , text]) => text).join('\n'),
    tag,
    silent,
    // It rings again for the next message, though it takes the place of the one before.
    renotify: !silent,
    icon: '/icon-192.png',
    data: { lines, open: conversation === '' ? '#/' : `#/c/${encodeURIComponent(conversation)}` },
  };
}

export function linesOf(data: unknown): Line[] {
  const { lines } = recordOf(data);
  return (Array.isArray(lines) ? lines : []).map(([id, uid, text]) => [
    String(id),
    String(uid),
    String(text),
  ]);
}

/** In the order of the mailbox, because pushes overtake each other; one that comes twice is there once. */
export function linesWith(data: unknown, line: Line): Line[] {
  const all = [...linesOf(data).filter(([, uid]) => uid === '' || uid !== line[1]), line];
  const place = ([, uid]: Line) => (uid === '' ? Infinity : Number(uid));
  return all.toSorted((a, b) => place(a) - place(b) || 0).slice(-mostLines);
}
