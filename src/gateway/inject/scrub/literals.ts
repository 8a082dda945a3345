import type { Form, Found } from './forms.ts';

/**
 * Searches for many literals at once and skips most bytes: Wu and Manber, "A fast algorithm for multi-pattern
 * searching", 1994. Each form is represented by a window, its last bytes. The three bytes at the end of a window give
 * the distance within which no other window can end.
 */

const LONGEST_WINDOW = 64;
const BLOCK = 3;
const HASHES = 1 << 15;

/**
 * Creates a search for these forms, all as they stand.
 * @throws RangeError when a form is shorter than three bytes
 */
export function createLiteralSearch(forms: readonly Form[]): (bytes: Uint8Array) => Found[] {
  const window = Math.min(LONGEST_WINDOW, ...forms.map(({ bytes }) => bytes.length));
  if (window < BLOCK) throw new RangeError('a form is shorter than three bytes');
  const { shifts, ending } = prepare(forms, window);
  return (bytes) => {
    const found: Found[] = [];
    let last = window - 1;
    while (last < bytes.length) {
      const hash = hashAt(bytes, last);
      const shift = shifts[hash] ?? 1;
      if (shift === 0) {
        for (const form of ending.get(hash) ?? []) {
          const from = last + 1 - form.bytes.length;
          if (isAt(bytes, form.bytes, from)) found.push({ from, to: last + 1, value: form.value });
        }
      }
      last += shift === 0 ? 1 : shift;
    }
    return found;
  };
}

interface Prepared {
  /** By the hash of three bytes: the least distance to the end of the next window. */
  readonly shifts: Uint8Array;
  /** Forms by the hash of their last three bytes. */
  readonly ending: ReadonlyMap<number, readonly Form[]>;
}

function prepare(forms: readonly Form[], window: number): Prepared {
  const shifts = new Uint8Array(HASHES).fill(window - BLOCK + 1);
  const ending = new Map<number, Form[]>();
  for (const form of forms) {
    const end = form.bytes.length - 1;
    for (let left = 0; left <= window - BLOCK; left += 1) {
      const hash = hashAt(form.bytes, end - left);
      shifts[hash] = Math.min(shifts[hash] ?? 0, left);
    }
    const hash = hashAt(form.bytes, end);
    const same = ending.get(hash);
    if (same === undefined) ending.set(hash, [form]);
    else same.push(form);
  }
  return { shifts, ending };
}

const hashAt = (bytes: Uint8Array, last: number): number =>
  (((bytes[last - 2] ?? 0) << 10) ^ ((bytes[last - 1] ?? 0) << 5) ^ (bytes[last] ?? 0)) & (HASHES - 1);

function isAt(bytes: Uint8Array, form: Uint8Array, from: number): boolean {
  if (from < 0) return false;
  for (let index = form.length - 1; index >= 0; index -= 1) {
    if (bytes[from + index] !== form[index]) return false;
  }
  return true;
}
