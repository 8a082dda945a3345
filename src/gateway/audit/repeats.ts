import type { Entry } from './line.ts';

/**
 * A refused program tries again, sometimes without a pause. The log gets the first few denials of a kind one by one.
 * The rest of the interval becomes one line with a count.
 */

const INTERVAL_MS = 10_000;
const WRITTEN_ONE_BY_ONE = 5;
/** Maximum of kinds at a time. Beyond it, all are written one by one, within the log's size limit. */
const MAX_KINDS = 1_000;

interface Kind {
  readonly entry: Entry;
  seen: number;
}

/** Decides which lines to count instead of write, and reports each count at the end of its interval. */
export class Repeats {
  readonly #kinds = new Map<string, Kind>();
  readonly #write: (entry: Entry, repeats: number) => void;
  #timer: NodeJS.Timeout | undefined;

  /** `write`: called at the end of an interval for each kind with unwritten lines, with their number. */
  constructor(write: (entry: Entry, repeats: number) => void) {
    this.#write = write;
  }

  /** Counts an entry. Returns true when it need not be written separately. */
  isRepeat(entry: Entry): boolean {
    const key = JSON.stringify(Object.values(entry));
    const kind = this.#kinds.get(key);
    if (kind !== undefined) {
      kind.seen += 1;
      return kind.seen > WRITTEN_ONE_BY_ONE;
    }
    if (this.#kinds.size < MAX_KINDS) this.#kinds.set(key, { entry, seen: 1 });
    this.#timer ??= setTimeout(() => this.flush(), INTERVAL_MS).unref();
    return false;
  }

  /** Writes the counts, and starts a new interval. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const kinds = [...this.#kinds.values()];
    this.#kinds.clear();
    for (const { entry, seen } of kinds) {
      if (seen > WRITTEN_ONE_BY_ONE) this.#write(entry, seen - WRITTEN_ONE_BY_ONE);
    }
  }
}
