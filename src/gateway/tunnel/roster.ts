/** An entry of a roster. `place` is its array index, or -1 when it is not a member; only the roster writes it. */
export interface Placed {
  place: number;
}

/**
 * A set for entries that come and go often: an array in which each entry knows its index. A Set is slower to collect:
 * V8 allocates the table of an old Set in the old generation, and a discarded table keeps its former entries alive
 * until the next full collection (docs/adr/0165).
 */
export class Roster<Entry extends Placed> {
  readonly #all: Entry[] = [];

  /**
   * All members, unordered. The same array changes when members enter or leave: copy it before you iterate and remove.
   */
  get all(): readonly Entry[] {
    return this.#all;
  }

  /** Adds the entry. */
  enter(entry: Entry): void {
    entry.place = this.#all.length;
    this.#all.push(entry);
  }

  /** Removes the entry and moves the last one to its index. Returns false when it was not a member. */
  leave(entry: Entry): boolean {
    const { place } = entry;
    const last = this.#all.at(-1);
    if (place === -1 || last === undefined) return false;
    this.#all[place] = last;
    last.place = place;
    this.#all.length -= 1;
    entry.place = -1;
    return true;
  }
}
