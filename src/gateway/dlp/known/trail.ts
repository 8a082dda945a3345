import { Remembered } from './remembered.ts';

/**
 * Small values that go to one place one after the other: a parameter, a header, a short body. What they have in common is how
 * they are wrapped; the rest may be a secret cut into single characters.
 */

const WINDOW_MS = 5 * 60_000;
/**
 * What values go to. Whoever sends them makes up names of headers and of parameters, as many as they like: those push out
 * their like, and nothing else.
 */
const KINDS = ['whole', 'header', 'parameter'] as const;
/** Of each kind; of more, what was used longest ago is forgotten. */
const MAX_PLACES = 256;
const MAX_VALUES = 64;
const MAX_VALUE_LENGTH = 256;
/** Longer pieces are found by themselves (`TELLING_PART` in scan.ts). */
const MAX_PIECE_LENGTH = 48;
/** Of which each request has a new one: longer than most pieces, and to be looked at by itself. */
const UUID = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i;
const UUID_LENGTH = 36;
const SHORTEST_JOINED = 8;
/**
 * So much of the end is looked at when so many characters have come: most values and their encodings at each character, longer
 * ones before an eighth more of them has gone. What a value costs does so not grow with those before it.
 */
const ENDS = [
  { length: 128, every: 1 },
  { length: 512, every: 64 },
  { length: MAX_VALUES * MAX_PIECE_LENGTH, every: 256 },
] as const;

/** What a value has in common with the one before it, in characters. */
interface Shared {
  readonly before: number;
  readonly after: number;
}

/** Where a value goes. */
export interface TrailPlace {
  readonly kind: (typeof KINDS)[number];
  readonly name: string;
}

interface Place {
  readonly values: string[];
  /** By value. */
  readonly shared: Shared[];
  /** What all of them have in common. */
  wrap: Shared;
  /** By end: how many characters of it were not looked at. */
  readonly unseen: number[];
  lastMs: number;
}

/** What has gone to each place lately, joined to what may be a secret. */
export class Trail {
  /** Of each kind, what was used longest ago first. */
  readonly #places = Object.fromEntries(KINDS.map((kind) => [kind, new Map<string, Place>()])) as Readonly<
    Record<TrailPlace['kind'], Map<string, Place>>
  >;
  readonly #clean: Remembered<true>;

  /** Of texts that hold nothing, so many characters are remembered. It goes on from what `before` and others of its were given. */
  constructor(maxCharacters: number, before?: Trail) {
    if (before !== undefined) this.#places = before.#places;
    this.#clean = new Remembered(maxCharacters);
  }

  /** Notes a value; gives what is to be looked at of what it makes together with those before it. */
  join(to: TrailPlace, value: string, nowMs: number): readonly string[] {
    if (value.length > MAX_VALUE_LENGTH || value === '') return [];
    const place = this.#place(to, nowMs);
    const { values, shared } = place;
    const last = values.at(-1);
    if (values.length === 1 && last === value) return []; // always the same, so far
    values.push(value);
    shared.push(sharedBy(last ?? value, value));
    if (values.length > MAX_VALUES) {
      values.shift();
      shared.shift();
    }
    return last === undefined ? [] : endsOf(place).filter((text) => this.#clean.get(text) === undefined);
  }

  /** Holds nothing: it need not be looked at again. */
  noteClean(text: string): void {
    this.#clean.set(text, true);
  }

  /** Forgets the latest value of this place: it was refused, and must be looked at anew when it is tried again. */
  forgetLatest({ kind, name }: TrailPlace): void {
    const place = this.#places[kind].get(name);
    place?.values.pop();
    place?.shared.pop();
  }

  #place({ kind, name }: TrailPlace, nowMs: number): Place {
    const places = this.#places[kind];
    let place = places.get(name);
    places.delete(name);
    if (place === undefined || nowMs - place.lastMs > WINDOW_MS) {
      const [oldest] = places.keys();
      if (places.size >= MAX_PLACES && oldest !== undefined) places.delete(oldest);
      const wrap = { before: -1, after: -1 };
      place = { values: [], shared: [], wrap, unseen: ENDS.map(() => 0), lastMs: nowMs };
    }
    place.lastMs = nowMs;
    places.set(name, place); // the last now
    return place;
  }
}

function sharedBy(one: string, other: string): Shared {
  const shortest = Math.min(one.length, other.length);
  let before = 0;
  while (before < shortest && one.charCodeAt(before) === other.charCodeAt(before)) before += 1;
  let after = 0;
  while (
    after < shortest &&
    one.charCodeAt(one.length - 1 - after) === other.charCodeAt(other.length - 1 - after)
  )
    after += 1;
  return { before, after };
}

/** What of a place is due to be looked at, without what all its values begin and end with. */
function endsOf(place: Place): string[] {
  const { unseen } = place;
  const wrap = wrapOf(place);
  const isOther = wrap.before !== place.wrap.before || wrap.after !== place.wrap.after;
  place.wrap = wrap;
  const more = pieceOf(place, place.values.length - 1).length;
  const ends: string[] = [];
  for (const [index, { length, every }] of ENDS.entries()) {
    unseen[index] = isOther ? Infinity : unseen[index]! + more;
    if (unseen[index] < every) continue;
    const text = endOf(place, length);
    unseen.fill(0, index, text.length < length ? undefined : index + 1);
    if (text.length >= SHORTEST_JOINED) ends.push(text);
    if (text.length < length) break; // that is all
  }
  return ends;
}

function wrapOf({ values, shared }: Place): Shared {
  let before = Infinity;
  let after = Infinity;
  let shortest = values[0]!.length;
  for (let index = 1; index < values.length; index += 1) {
    before = Math.min(before, shared[index]!.before);
    after = Math.min(after, shared[index]!.after);
    shortest = Math.min(shortest, values[index]!.length);
  }
  return { before, after: Math.min(after, shortest - before) };
}

function pieceOf({ values, wrap: { before, after } }: Place, index: number): string {
  const value = values[index]!;
  if (value.length === UUID_LENGTH && UUID.test(value)) return '';
  return value.length - before - after > MAX_PIECE_LENGTH ? '' : value.slice(before, value.length - after);
}

/** The last `length` characters, or one piece's more. */
function endOf(place: Place, length: number): string {
  let text = '';
  for (let index = place.values.length - 1; index >= 0 && text.length < length; index -= 1)
    text = pieceOf(place, index) + text;
  return text;
}
