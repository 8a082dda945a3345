import type { KnownSecret } from '../finding.ts';
import type { Match } from './search.ts';

/** Parts of a secret that left lately, in whatever order and place, to whatever hosts: together they may be all of it. */

const WINDOW_MS = 5 * 60_000;
const ENOUGH = 0.9;
/** Parts of a value that is made of words are in every text. */
const WORDS = /^[A-Za-z .,_/-]*$|^[0-9.]*$/;
const LONG_WORDS = 24;

/** By what a part is one of: the value itself, or how it looks in the name of a host. */
interface Seen {
  readonly bytes: Uint8Array;
  count: number;
  lastMs: number;
}

/** What of each known secret has left in parts. */
export class Pieces {
  /** Of what is no longer known, nothing is kept. */
  readonly #seen = new WeakMap<KnownSecret, Seen[]>();

  /** Notes a part; true when with it, and not without it, (nearly) all of the secret has left within some minutes. */
  note(match: Match, nowMs: number): boolean {
    const { form, from, to } = match;
    const { secret, bytes } = form;
    if (form.disguise !== 'raw') return false;
    const text = Buffer.from(bytes.subarray(from, to)).toString('latin1');
    if (text.length < LONG_WORDS && WORDS.test(text)) return false;
    const seen = this.#of(secret, { size: bytes.length, nowMs });
    const fresh = seen.bytes.subarray(from, to).filter((isSeen) => isSeen === 0).length;
    // What completes it is not noted: it is refused, and must be so again when it is tried again.
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
