import { isRecord } from '../core/outside-data.ts';

/** An item or a map as it came from the table: outside data, to be read with `StoredItem`. */
export type Item = Readonly<Record<string, unknown>>;

/** The form of the items this code writes and reads, in their member `v`. */
export const itemForm = 1;

/** An item in the table that this code cannot read. Names the kind and the attribute, never a value. */
export class StoredItemUnreadable extends Error {
  constructor(kind: string, what: string) {
    super(`stored ${kind} cannot be read: ${what}`);
    this.name = 'StoredItemUnreadable';
  }
}

/**
 * Reads the attributes of one stored item, which counts as outside data: each is checked once, here.
 *
 * @throws StoredItemUnreadable for another form than this code knows, and for a missing or wrong attribute
 */
export class StoredItem {
  readonly #kind: string;
  readonly #item: Item;

  constructor(kind: string, item: Item, part: 'item' | 'map' = 'item') {
    this.#kind = kind;
    this.#item = item;
    const form = item['v'];
    if (part === 'item' && form !== itemForm) throw new StoredItemUnreadable(kind, `form ${String(form)}`);
  }

  text(name: string): string {
    return this.optionalText(name) ?? this.#fail(name);
  }

  optionalText(name: string): string | undefined {
    const value = this.#item[name];
    return value === undefined || typeof value === 'string' ? value : this.#fail(name);
  }

  number(name: string): number {
    return this.optionalNumber(name) ?? this.#fail(name);
  }

  optionalNumber(name: string): number | undefined {
    const value = this.#item[name];
    return value === undefined || typeof value === 'number' ? value : this.#fail(name);
  }

  /** A flag is stored only when it is set. */
  flag(name: string): boolean {
    const value = this.#item[name];
    return value === undefined || typeof value === 'boolean' ? value === true : this.#fail(name);
  }

  oneOf<const T extends string>(name: string, choices: readonly T[]): T {
    return this.optionalOneOf(name, choices) ?? this.#fail(name);
  }

  optionalOneOf<const T extends string>(name: string, choices: readonly T[]): T | undefined {
    const value = this.#item[name];
    if (value === undefined) return undefined;
    return choices.find((choice) => choice === value) ?? this.#fail(name);
  }

  bytes(name: string): Uint8Array {
    const value = this.#item[name];
    return value instanceof Uint8Array ? value : this.#fail(name);
  }

  texts(name: string): readonly string[] {
    return this.list(name).map((value) => (typeof value === 'string' ? value : this.#fail(name)));
  }

  /** A list of pairs, each a text with a text or a number. */
  pairs(name: string, second: 'string'): readonly (readonly [string, string])[];
  pairs(name: string, second: 'number'): readonly (readonly [string, number])[];
  pairs(name: string, second: 'string' | 'number'): readonly (readonly [string, string | number])[] {
    return this.list(name).map((pair) => {
      const [first, other] = Array.isArray(pair) ? pair : [];
      if (typeof first !== 'string') return this.#fail(name);
      if (second === 'string' && typeof other === 'string') return [first, other];
      return second === 'number' && typeof other === 'number' ? [first, other] : this.#fail(name);
    });
  }

  /** A missing list is an empty one. */
  list(name: string): readonly unknown[] {
    const value = this.#item[name] ?? [];
    return Array.isArray(value) ? value : this.#fail(name);
  }

  /** The members of a stored map, each read like an item of its own. */
  map(name: string): StoredItem {
    return this.optionalMap(name) ?? this.#fail(name);
  }

  optionalMap(name: string): StoredItem | undefined {
    const value = this.#item[name];
    if (value === undefined) return undefined;
    return isItem(value) ? new StoredItem(this.#kind, value, 'map') : this.#fail(name);
  }

  maps(name: string): readonly StoredItem[] {
    return this.list(name).map((value) =>
      isItem(value) ? new StoredItem(this.#kind, value, 'map') : this.#fail(name),
    );
  }

  /** Name and value of each member of a stored map. */
  entries(name: string): readonly (readonly [string, unknown])[] {
    const value = this.#item[name];
    return isItem(value) ? Object.entries(value) : this.#fail(name);
  }

  /** The time to live, in ms. It is stored in whole seconds, rounded up. */
  expiresAt(): number {
    return this.number('expiresAt') * 1000;
  }

  #fail(name: string): never {
    throw new StoredItemUnreadable(this.#kind, `attribute ${name}`);
  }
}

/** Whether an item's time to live is over. DynamoDB deletes such items up to days later, the embedded server never. */
export function isExpired(item: Item, now: number): boolean {
  const { expiresAt } = item;
  return typeof expiresAt === 'number' && expiresAt * 1000 <= now;
}

export function toSeconds(ms: number): number {
  return Math.ceil(ms / 1000);
}

function isItem(value: unknown): value is Item {
  return isRecord(value) && !(value instanceof Uint8Array);
}
