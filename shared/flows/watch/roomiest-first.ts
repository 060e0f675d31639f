/** Something that has room for connections, and gets less of it the more it is given. */
export type WithRoom = { room: number };

/**
 * The one with the most room at hand, however many there are: a binary heap. Of those with equal room the earliest, so
 * that whoever plans at the same time plans the same.
 */
export class RoomiestFirst<Bin extends WithRoom> {
  readonly #heap: { readonly bin: Bin; readonly order: number }[] = [];
  #added = 0;

  constructor(bins: readonly Bin[]) {
    for (const bin of bins) this.add(bin);
  }

  get first(): Bin | undefined {
    return this.#heap[0]?.bin;
  }

  add(bin: Bin): void {
    this.#heap.push({ bin, order: this.#added++ });
    for (let child = this.#heap.length - 1; child > 0; ) {
      const parent = Math.floor((child - 1) / 2);
      if (!this.#isBefore(child, parent)) return;
      this.#swap(child, parent);
      child = parent;
    }
  }

  /** Takes some of the room of the first, which is then another one perhaps. */
  takeOfFirst(room: number): void {
    const [first] = this.#heap;
    if (first === undefined) return;
    first.bin.room -= room;
    for (let parent = 0; ; ) {
      const [left, right] = [2 * parent + 1, 2 * parent + 2];
      const child = this.#isBefore(right, left) ? right : left;
      if (!this.#isBefore(child, parent)) return;
      this.#swap(child, parent);
      parent = child;
    }
  }

  #isBefore(one: number, other: number): boolean {
    const [a, b] = [this.#heap[one], this.#heap[other]];
    if (a === undefined || b === undefined) return a !== undefined;
    return a.bin.room > b.bin.room || (a.bin.room === b.bin.room && a.order < b.order);
  }

  #swap(one: number, other: number): void {
    const [a, b] = [this.#heap[one], this.#heap[other]];
    if (a === undefined || b === undefined) return;
    this.#heap[one] = b;
    this.#heap[other] = a;
  }
}
