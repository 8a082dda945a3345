/** What has a place in a roster; -1 before and after. The roster's own. */
export interface Placed {
  place: number;
}

/** All there are of something that comes and goes often. An array with places, for the reason that tunnel/join.ts tells. */
export class Roster<Entry extends Placed> {
  readonly #all: Entry[] = [];

  get all(): readonly Entry[] {
    return this.#all;
  }

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
