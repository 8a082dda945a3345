/** What has a place in a roster; -1 before and after. The roster's own. */
export interface Placed {
  place: number;
}

/**
 * All there are of something that comes and goes often: an array in which each knows its place. A Set would do, but V8 makes the
 * tables of a Set that is old among the old objects, and each one that is given up keeps all that it once held from the young
 * generation's collection, until the next large one (docs/adr/0024).
 */
export class Roster<Entry extends Placed> {
  readonly #all: Entry[] = [];

  /** In no order. One array as long as the roster is, in which who leaves is not any more: to go on through it, copy it. */
  get all(): readonly Entry[] {
    return this.#all;
  }

  /** As the last. */
  enter(entry: Entry): void {
    entry.place = this.#all.length;
    this.#all.push(entry);
  }

  /** The last one takes its place. False: it was not there any more. */
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
