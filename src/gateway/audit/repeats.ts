import type { Entry } from './line.ts';

/**
 * A program that is refused tries again, some of them without a pause. The first few of the same kind are written one
 * by one; the rest of the interval becomes one line with a number.
 */

const INTERVAL_MS = 10_000;
const WRITTEN_ONE_BY_ONE = 5;
/** Beyond this many kinds at a time, all are written one by one; the log's limit of size stands behind it. */
const MAX_KINDS = 1_000;

interface Kind {
  readonly entry: Entry;
  seen: number;
}

/** Tells which lines to count instead of write, and gives each count at the end of its interval. */
export class Repeats {
  readonly #kinds = new Map<string, Kind>();
  readonly #write: (entry: Entry, repeats: number) => void;
  #timer: NodeJS.Timeout | undefined;

  /** `write`: called at the end of an interval for each kind that was not written one by one, with how many there were. */
  constructor(write: (entry: Entry, repeats: number) => void) {
    this.#write = write;
  }

  /** Notes one more; true when it need not be written by itself. */
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

  /** Writes what was only counted, and begins a new interval. */
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
