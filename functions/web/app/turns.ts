/** The same is asked more than once at a time, and answers may overtake each other: what is shown never goes back. */
export class Turns {
  #begun = 0;
  #shown = 0;

  /** @returns whether the answer is to be shown, to be called when it is there */
  begin(): () => boolean {
    this.#begun += 1;
    const turn = this.#begun;
    return () => {
      if (turn < this.#shown) return false;
      this.#shown = turn;
      return true;
    };
  }

  /** Something newer is shown than what any question will bring that is still out. */
  overtake(): void {
    this.begin()();
  }
}
