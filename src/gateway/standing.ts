/** What is open just now, so that a narrower policy can end it. */

/** Something that stands, and how it is ended. */
export interface Standing {
  /** Whether it may still stand. */
  readonly holds: () => boolean;
  readonly breakOff: (reason: string) => void;
  /** Its place among the others; -1 once it is over. The registry's own. */
  place: number;
}

/** All that stands. An array with places, for the reason that tunnel/join.ts tells. */
export class Registry {
  readonly #all: Standing[] = [];

  /** Gives the entry, to be left with. */
  enter(holds: () => boolean, breakOff: (reason: string) => void): Standing {
    const entry = { holds, breakOff, place: this.#all.length };
    this.#all.push(entry);
    return entry;
  }

  /** The last one takes its place. Once is enough. */
  leave(entry: Standing): void {
    const { place } = entry;
    const last = this.#all.at(-1);
    if (place === -1 || last === undefined) return;
    this.#all[place] = last;
    last.place = place;
    this.#all.length -= 1;
    entry.place = -1;
  }

  /** Breaks off what may not stand any more; gives how many that were. */
  breakOffOthers(reason: string): number {
    const ending = this.#all.filter(({ holds }) => !holds());
    for (const entry of ending) {
      this.leave(entry);
      entry.breakOff(reason);
    }
    return ending.length;
  }
}
