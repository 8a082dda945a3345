import type { Form } from './forms.ts';

/** Where forms begin, and where a line break may split them. */

/** Fewest characters of a form before a line end. With one, the scrub would hold back lines all over a text. */
const SHORTEST_LINE = 2;
/** Separates the bytes of some forms. */
export const BLANK = 0x20;

const PAIR = 2;
const PAIRS = 1 << 12;
/**
 * Three bytes that are in no form end the search backwards for the beginning of one; nearly all other triples begin no
 * form.
 */
const TRIPLE = 3;
const TRIPLES = 1 << 18;
const WITHIN = 1;
const BEGINS = 2;

/** An index of forms by their first bytes. Its fixed tables do not grow with the lengths of the forms. */
export class Starts {
  /**
   * By byte: the length of the longest form that contains it. A form with this byte can begin no further back from its
   * end.
   */
  readonly #reach = new Uint32Array(256);
  readonly #byByte: Form[][] = [];
  readonly #byPair = new Map<number, Form[]>();
  readonly #byTriple = new Map<number, Form[]>();
  /**
   * `#pairs`, by two bytes as `pairAt` maps them: whether a form begins with them. `#triples`, by three: also whether
   * they are in a form.
   */
  readonly #pairs = new Uint8Array(PAIRS);
  readonly #triples = new Uint8Array(TRIPLES);

  constructor(forms: readonly Form[]) {
    const triples = this.#triples;
    for (const form of forms) {
      const { bytes } = form;
      for (let at = 0; at < bytes.length; at += 1)
        this.#reach[bytes[at]!] = Math.max(this.#reach[bytes[at]!]!, bytes.length);
      for (let at = 0; at + TRIPLE <= bytes.length; at += 1) triples[tripleAt(bytes, at)]! |= WITHIN;
      triples[tripleAt(bytes, 0)]! |= BEGINS;
      this.#pairs[pairAt(bytes, 0)] = BEGINS;
      (this.#byByte[bytes[0]!] ??= []).push(form);
      push(this.#byPair, keyAt(bytes, 0, PAIR), form);
      push(this.#byTriple, keyAt(bytes, 0, TRIPLE), form);
    }
  }

  /** The forms that begin with this byte. */
  withByte(byte: number): readonly Form[] {
    return this.#byByte[byte] ?? NO_FORMS;
  }

  /** The forms that may begin here, by their first three bytes as they stand. */
  at(bytes: Uint8Array, at: number): readonly Form[] {
    if (at + TRIPLE > bytes.length) return this.withByte(bytes[at]!);
    if ((this.#triples[tripleAt(bytes, at)]! & BEGINS) === 0) return NO_FORMS;
    return this.#byTriple.get(keyAt(bytes, at, TRIPLE)) ?? NO_FORMS;
  }

  /** Whether two or more bytes of a form may be before `end`. */
  mayStandBefore(bytes: Uint8Array, end: number): boolean {
    if (end < PAIR) return false;
    if (this.#pairs[pairAt(bytes, end - PAIR)] !== 0) return true;
    return end >= TRIPLE && this.#triples[tripleAt(bytes, end - TRIPLE)] !== 0;
  }

  /**
   * Calls `then` for all forms that may have begun before `end`, with the number of their bytes that would stand there:
   * at least one.
   */
  before(bytes: Uint8Array, end: number, then: (forms: readonly Form[], length: number) => void): void {
    if (end === 0) return;
    then(this.withByte(bytes[end - 1]!), 1);
    if (!this.mayStandBefore(bytes, end)) return;
    then(this.#byPair.get(keyAt(bytes, end - PAIR, PAIR)) ?? NO_FORMS, PAIR);
    // `tripleAt` uses only some of the bits, so a match proves nothing: without `reach`, this loop could continue over
    // bytes that are in no form.
    const reach = this.#reach;
    let from = Math.max(0, end - Math.min(reach[bytes[end - 1]!]!, reach[bytes[end - PAIR]!]!));
    for (let at = end - TRIPLE; at >= from; at -= 1) {
      from = Math.max(from, end - reach[bytes[at]!]!);
      const kind = this.#triples[tripleAt(bytes, at)]!;
      if (kind === 0 || at < from) return;
      if ((kind & BEGINS) === 0) continue;
      const forms = this.#byTriple.get(keyAt(bytes, at, TRIPLE));
      if (forms !== undefined) then(forms, end - at);
    }
  }
}

const NO_FORMS: readonly Form[] = [];

function push(forms: Map<number, Form[]>, key: number, form: Form): void {
  const same = forms.get(key);
  if (same === undefined) forms.set(key, [form]);
  else same.push(form);
}

function keyAt(bytes: Uint8Array, from: number, length: number): number {
  let key = 0;
  for (let at = from; at < from + length; at += 1) key = (key << 8) | bytes[at]!;
  return key;
}

/** The low six bits of two bytes. They distinguish most characters of forms; digits share theirs with `p` to `y`. */
const pairAt = (bytes: Uint8Array, at: number): number => ((bytes[at]! & 63) << 6) | (bytes[at + 1]! & 63);

const tripleAt = (bytes: Uint8Array, at: number): number =>
  (pairAt(bytes, at) << 6) | (bytes[at + PAIR]! & 63);

/** Whether the form's first `length` bytes are before `end`. */
export function isBefore(bytes: Uint8Array, end: number, { form, length }: Part): boolean {
  for (let index = 0; index < length; index += 1) {
    if (bytes[end - length + index] !== form.bytes[index]) return false;
  }
  return true;
}

interface Part {
  readonly form: Form;
  readonly length: number;
}

/** Whether a line may end before this byte of a form. If the byte is a blank, the line end may also replace it. */
export function mayBeCut({ bytes, unit }: Form, index: number): boolean {
  return unit > 0 && index >= SHORTEST_LINE && (bytes[index] === BLANK || index % unit === 0);
}
