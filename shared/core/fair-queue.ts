/**
 * A list of work of several names, taken from so that no name holds up the others: the next is always of the name that has
 * the fewest at work. What hangs under one name then never has more of the hands than others want.
 */
export class FairQueue<T> {
  readonly #waiting = new Map<string, T[]>();
  readonly #atWork = new Map<string, number>();

  constructor(items: Iterable<T>, nameOf: (item: T) => string) {
    for (const item of items) {
      const name = nameOf(item);
      const others = this.#waiting.get(name);
      if (others === undefined) this.#waiting.set(name, [item]);
      else others.push(item);
    }
    for (const items of this.#waiting.values()) items.reverse();
  }

  /** The next to be done; undefined when nothing waits any more. Of several names with as few at work, the one that waits longest. */
  take(): { readonly item: T; readonly done: () => void } | undefined {
    let name: string | undefined;
    for (const each of this.#waiting.keys())
      if (name === undefined || this.#count(each) < this.#count(name)) name = each;
    if (name === undefined) return undefined;
    const items = this.#waiting.get(name) ?? [];
    const item = items.pop();
    this.#waiting.delete(name);
    if (items.length > 0) this.#waiting.set(name, items);
    return item === undefined ? this.take() : { item, done: this.#begin(name) };
  }

  #begin(name: string): () => void {
    this.#atWork.set(name, this.#count(name) + 1);
    return () => {
      this.#atWork.set(name, this.#count(name) - 1);
    };
  }

  #count(name: string): number {
    return this.#atWork.get(name) ?? 0;
  }
}
