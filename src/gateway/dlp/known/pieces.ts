import type { KnownSecret } from '../finding.ts';
import type { Match } from './search.ts';

/**
 * Detects parts of a secret that left recently, in any order and place, to any hosts: together they may be all of it.
 */

const WINDOW_MS = 5 * 60_000;
const ENOUGH = 0.9;
/** Every text contains parts that consist of words. */
const WORDS = /^[A-Za-z .,_/-]*$|^[0-9.]*$/;
const LONG_WORDS = 24;

/** State of one length of form: the value itself, or how it looks in the name of a host. */
interface Seen {
  readonly bytes: Uint8Array;
  count: number;
  lastMs: number;
}

/** Records which parts of each known secret have left. */
export class Pieces {
  /** Forgets secrets that are no longer known. */
  readonly #seen = new WeakMap<KnownSecret, Seen[]>();

  /** Notes a part. Returns true if this part completes (nearly) all of the secret within some minutes. */
  note(match: Match, nowMs: number): boolean {
    const { form, from, to } = match;
    const { secret, bytes } = form;
    if (form.disguise !== 'raw') return false;
    const text = Buffer.from(bytes.subarray(from, to)).toString('latin1');
    if (text.length < LONG_WORDS && WORDS.test(text)) return false;
    const seen = this.#of(secret, { size: bytes.length, nowMs });
    const fresh = seen.bytes.subarray(from, to).filter((isSeen) => isSeen === 0).length;
    // The part that completes it is not noted: it is refused, and a retry must be refused again.
    if (fresh > 0 && seen.count + fresh >= bytes.length * ENOUGH) return true;
    seen.bytes.fill(1, from, to);
    seen.count += fresh;
    return false;
  }

  #of(secret: KnownSecret, { size, nowMs }: { readonly size: number; readonly nowMs: number }): Seen {
    let all = this.#seen.get(secret);
    if (all === undefined) this.#seen.set(secret, (all = []));
    const index = all.findIndex(({ bytes }) => bytes.length === size);
    const before = all[index];
    if (before !== undefined && nowMs - before.lastMs <= WINDOW_MS) {
      before.lastMs = nowMs;
      return before;
    }
    const seen = { bytes: new Uint8Array(size), count: 0, lastMs: nowMs };
    if (index === -1) all.push(seen);
    else all[index] = seen;
    return seen;
  }
}
