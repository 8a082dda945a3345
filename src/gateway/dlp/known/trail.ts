/**
 * Small values that go to one place one after the other: a parameter, a header, a short body. What they have in common is how
 * they are wrapped; the rest may be a secret cut into single characters.
 */

const WINDOW_MS = 5 * 60_000;
const MAX_PLACES = 256;
const MAX_VALUES = 64;
const MAX_VALUE_LENGTH = 256;
/** Longer pieces are found by themselves (`pieces.ts`). */
const MAX_PIECE_LENGTH = 32;
const SHORTEST_JOINED = 8;

interface Place {
  readonly values: string[];
  lastMs: number;
}

export class Trail {
  readonly #places = new Map<string, Place>();

  /** Notes a value; gives what it makes together with those before it, or undefined where that is nothing. */
  join(name: string, value: string, nowMs: number): string | undefined {
    if (value.length > MAX_VALUE_LENGTH || value === '') return undefined;
    const { values } = this.#place(name, nowMs);
    const isFirst = values.length === 0;
    if (values.length === 1 && values[0] === value) return undefined; // always the same, so far
    values.push(value);
    if (values.length > MAX_VALUES) values.shift();
    return isFirst ? undefined : joined(values);
  }

  /** Forgets the latest value of this place: it was refused, and must be looked at anew when it is tried again. */
  forgetLatest(name: string): void {
    this.#places.get(name)?.values.pop();
  }

  #place(name: string, nowMs: number): Place {
    let place = this.#places.get(name);
    if (place === undefined || nowMs - place.lastMs > WINDOW_MS) {
      const [oldest] = this.#places.keys();
      if (this.#places.size >= MAX_PLACES && oldest !== undefined) this.#places.delete(oldest);
      place = { values: [], lastMs: nowMs };
      this.#places.set(name, place);
    }
    place.lastMs = nowMs;
    return place;
  }
}

/** The values without what all of them begin and end with. */
function joined(values: readonly string[]): string | undefined {
  const [first = ''] = values;
  const shortest = Math.min(...values.map(({ length }) => length));
  let before = 0;
  while (before < shortest && values.every((value) => value[before] === first[before])) before += 1;
  let after = 0;
  while (after < shortest - before && values.every((value) => value.at(-1 - after) === first.at(-1 - after)))
    after += 1;
  const text = values
    .map((value) => value.slice(before, value.length - after))
    .filter(({ length }) => length <= MAX_PIECE_LENGTH)
    .join('');
  return text.length < SHORTEST_JOINED ? undefined : text;
}
