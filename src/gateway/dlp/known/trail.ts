import type { KnownSecret } from '../finding.ts';
import { Remembered } from './remembered.ts';
import { LONGEST_PIECE, LONGEST_VALUE, Sequence, type Wrap } from './sequence.ts';
import { wrapsOf } from './wraps.ts';

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
/** Names are anybody's, too: longer ones that begin alike are one. */
const LONGEST_NAME = 256;
const UUID = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i;
const UUID_LENGTH = 36;
const SHORTEST_JOINED = 8;
/**
 * So much of the end is looked at when so many characters have come: most values and their encodings at each character, longer
 * ones before an eighth more of them has gone. What a value costs does so not grow with those before it. So many of the newest
 * values tell what all are wrapped in: few where few make a value, as something else may have gone before.
 */
const ENDS = [
  { length: 128, every: 1, telling: 3 },
  { length: 512, every: 64, telling: 4 },
  { length: 2048, every: 512, telling: 8 },
] as const;
/** Of the first of these, with what is less likely to be all that belongs to the pieces. */
const EVERY_LOOSE = 32;
/** What goes on with more than this is taken for new. */
const LONGEST_REFUSED = 4096;
/** Once more characters than that have passed, it is over, but for values too long for pieces: an honest request is not to be refused for what went long before. */
const MOST_PASSED = 16;

/** Where a value goes. */
export interface TrailPlace {
  readonly kind: (typeof KINDS)[number];
  readonly name: string;
}

/** What is to be looked at. */
export interface Joined {
  readonly text: string;
  /** How the values that are in it are wrapped. */
  readonly wrap: Wrap;
  /** So much of these is in it without the latest value, which has been refused: only more counts. */
  readonly refused?: Parts;
}

/** How many bytes of a secret were in a text. */
export type Parts = ReadonlyMap<KnownSecret, number>;

interface Place {
  readonly values: Sequence;
  /** All values so far, as long as they are the same; empty since. */
  only: string | undefined;
  /** The newest value. */
  newest: string;
  /** What was refused here, as long as little else has passed: it may be gone on with. */
  refused: Continued | undefined;
  /** By end: how many characters have come since it was looked at. */
  readonly unseen: number[];
  /** The same, for `EVERY_LOOSE`. */
  unseenLoose: number;
  lastMs: number;
}

/** What was found in values put together. */
interface Refused {
  readonly joined: Joined;
  readonly parts: Parts;
}

interface Continued extends Refused {
  /** The last of them. */
  readonly latest: string;
  /** Of the last, if it was tried again; or of one that only looks so, as the digits of `ee` do. */
  again: string;
  /** What has passed since: it may be of a byte that is not whole yet, or something else in between. */
  passed: string;
}

/** What each request has a new one of: longer than most pieces, and to be looked at by itself. */
export const isUuid = (value: string): boolean => value.length === UUID_LENGTH && UUID.test(value);

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

  /**
   * Notes a value; gives what is to be looked at of what it makes together with those before it. Then it is to be told whether it
   * is refused.
   */
  join(to: TrailPlace, value: string, nowMs: number): readonly Joined[] {
    if (value === '' || value.length > LONGEST_VALUE) return [];
    if (isUuid(value)) return [];
    const place = this.#place(to, nowMs);
    if (place.only === value) return []; // always the same, so far
    const own = copied(value);
    place.only = place.only === undefined ? own : '';
    place.newest = own;
    place.values.push(own);
    const all = [
      ...(place.refused === undefined ? [] : goneOnWith(place.refused, own)),
      ...endsOf(place, own).filter(({ text }) => this.#clean.get(text) === undefined),
    ];
    if (all.length === 0) notePassed(place);
    return all;
  }

  /** Holds nothing: it need not be looked at again. */
  noteClean(text: string): void {
    this.#clean.set(text, true);
  }

  /** The latest value of this place passes. */
  pass({ kind, name }: TrailPlace): void {
    const place = this.#places[kind].get(keyOf(name));
    if (place !== undefined) notePassed(place);
  }

  /** The latest value of this place is refused: it must be looked at anew when it is tried again, and what goes on with it too. */
  refuse({ kind, name }: TrailPlace, { joined: { text, wrap }, parts }: Refused): void {
    const place = this.#places[kind].get(keyOf(name));
    if (place === undefined) return;
    const { refused, newest } = place;
    if (refused?.joined.text === text) refused.again = pieceLike(refused, newest) ?? '';
    else
      place.refused = { joined: { text: copied(text), wrap }, parts, latest: newest, again: '', passed: '' };
    place.values.pop();
  }

  #place({ kind, name }: TrailPlace, nowMs: number): Place {
    const places = this.#places[kind];
    const key = keyOf(name);
    let place = places.get(key);
    places.delete(key);
    if (place === undefined || nowMs - place.lastMs > WINDOW_MS) {
      const [oldest] = places.keys();
      if (places.size >= MAX_PLACES && oldest !== undefined) places.delete(oldest);
      place = {
        values: new Sequence(),
        only: undefined,
        newest: '',
        unseen: ENDS.map(() => 0),
        unseenLoose: 0,
        refused: undefined,
        lastMs: nowMs,
      };
    }
    place.lastMs = nowMs;
    places.set(key, place); // the last now
    return place;
  }
}

function keyOf(name: string): string {
  return name.length > LONGEST_NAME ? copied(name.slice(0, LONGEST_NAME)) : name;
}

/** A part of a text keeps all of it. */
function copied(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}

/** What of a place is due to be looked at, without what its values may be wrapped in; `newest` is the last of them. */
function endsOf(place: Place, newest: string): readonly Joined[] {
  const { values, unseen } = place;
  const ends = new Map<string, Joined>();
  const add = (wrap: Wrap, length: number): void => {
    const text = values.joined(wrap, length);
    if (text.length >= SHORTEST_JOINED) ends.set(text, { text, wrap });
  };
  let more = 0;
  for (const [index, { length, every, telling }] of ENDS.entries()) {
    if (index > 0 && (unseen[index]! += more) < every) continue;
    const wraps = wrapsOf(values, newest, telling);
    if (wraps === undefined) break;
    const { likely, loose } = wraps;
    unseen[index] = 0;
    for (const wrap of likely) add(wrap, length);
    if (index > 0) continue;
    more = Math.max(...likely.map((wrap) => sizeIn(newest, wrap)));
    if (loose !== undefined && (place.unseenLoose += sizeIn(newest, loose)) >= EVERY_LOOSE) {
      place.unseenLoose = 0;
      add(loose, length);
    }
  }
  return [...ends.values()];
}

/** What a value makes together with what was refused: it may go on with that, or be the latest of it again. */
function goneOnWith(refused: Continued, value: string): readonly Joined[] {
  const { joined, latest, again, passed, parts } = refused;
  const { text, wrap } = joined;
  const same = value === latest ? [joined] : [];
  const piece = pieceLike(refused, value);
  if (piece === undefined || text.length > LONGEST_REFUSED) return same;
  const ends = new Set([piece, passed + piece, again + passed + piece]);
  return [...Array.from(ends, (end) => ({ text: text + end, wrap, refused: parts })), ...same];
}

function notePassed(place: Place): void {
  const { refused, newest } = place;
  if (refused === undefined || newest.length > LONGEST_PIECE) return;
  refused.passed += pieceLike(refused, newest) ?? newest;
  if (refused.passed.length > MOST_PASSED) place.refused = undefined;
}

/** What of a value is in the wrapping of what was refused; undefined where it is in another. */
function pieceLike({ joined: { wrap }, latest }: Continued, value: string): string | undefined {
  const end = value.length - wrap.after;
  const isAlike =
    end >= wrap.before &&
    value.startsWith(latest.slice(0, wrap.before)) &&
    value.endsWith(latest.slice(latest.length - wrap.after));
  return isAlike ? value.slice(wrap.before, end) : undefined;
}

function sizeIn(value: string, { before, after }: Wrap): number {
  return value.length - before - after;
}
