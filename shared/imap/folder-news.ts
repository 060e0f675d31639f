import { EventEmitter } from 'node:events';
import { arrayOf } from '../core/outside-data.ts';
import { encodeMailboxName, wireName } from './mailbox-name.ts';
import { textOf } from './tokens.ts';

/** What the server told of a folder. What it left out, or what makes no sense, is undefined. */
export type FolderState = {
  readonly path: string;
  readonly uidValidity: number | undefined;
  readonly uidNext: number | undefined;
};

/** What was announced on one connection, by folder, and nobody has looked at yet. Tells of it with `news`. */
export class FolderNews extends EventEmitter<{ news: [] }> {
  readonly #states = new Map<string, FolderState>();
  /** Paths of the folders that the server tells of, by their names on the wire. */
  #named: ReadonlyMap<string, string> = new Map();
  /** The server gave up telling of other folders: NOTIFICATIONOVERFLOW (RFC 5465 section 5.8). */
  isOverflown = false;

  get isEmpty(): boolean {
    return this.#states.size === 0;
  }

  /** STATUS responses of these folders are news from now on, and those of others are not. */
  listenFor(paths: readonly string[]): void {
    this.#named = new Map(paths.map((path) => [wireName(encodeMailboxName(path)), path]));
  }

  announce(state: FolderState): void {
    this.#states.set(state.path, state);
    this.emit('news');
  }

  /**
   * Takes the arguments of a STATUS response, as imapflow parsed them.
   *
   * @returns the folder that it is about, when that is one of those listened for
   */
  takeStatus(attributes: unknown): string | undefined {
    const [name, items] = arrayOf(attributes);
    const path = this.#named.get(wireName(textOf(name) ?? ''));
    if (path === undefined || !Array.isArray(items)) return undefined;
    const numbers = numbersIn(items);
    this.announce({ path, uidValidity: numbers.get('UIDVALIDITY'), uidNext: numbers.get('UIDNEXT') });
    return path;
  }

  overflow(): void {
    this.isOverflown = true;
    this.emit('news');
  }

  /** The folder is being looked at: what was announced of it until now is known then. */
  forget(path: string): void {
    this.#states.delete(path);
  }

  take(): readonly FolderState[] {
    const states = [...this.#states.values()];
    this.#states.clear();
    return states;
  }
}

/** Item names and positive 32-bit numbers take turns; whatever else stands there is passed over. */
function numbersIn(items: readonly unknown[]): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>();
  for (let index = 0; index + 1 < items.length; index += 2) {
    const text = textOf(items[index + 1]) ?? '';
    const value = /^[1-9]\d{0,9}$/.test(text) ? Number(text) : undefined;
    if (value !== undefined && value < 2 ** 32)
      numbers.set((textOf(items[index]) ?? '').toUpperCase(), value);
  }
  return numbers;
}
