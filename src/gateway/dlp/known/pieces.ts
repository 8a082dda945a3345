import type { KnownSecret } from '../finding.ts';
import type { Match } from './search.ts';

/** Parts of a secret that went to one host lately, in whatever order and place: together they may be all of it. */

const WINDOW_MS = 5 * 60_000;
const ENOUGH = 0.9;
const MAX_HOSTS = 256;
/** Parts of a value that is made of words are in every text. */
const WORDS = /^[A-Za-z .,_/-]*$|^[0-9.]*$/;
const LONG_WORDS = 24;

interface Seen {
  readonly bytes: Uint8Array;
  count: number;
  lastMs: number;
}

export class Pieces {
  readonly #hosts = new Map<string, Map<KnownSecret, Seen>>();

  /** Notes a part; true when with it, and not without it, (nearly) all of the secret has gone to that host within some minutes. */
  note(host: string, match: Match, nowMs: number): boolean {
    const { form, from, to } = match;
    const { secret, bytes } = form;
    if (form.disguise !== 'raw' && form.disguise !== 'reversed') return false;
    const text = Buffer.from(bytes.subarray(from, to)).toString('latin1');
    if (text.length < LONG_WORDS && WORDS.test(text)) return false;
    const seen = this.#seen(host, secret, { size: bytes.length, nowMs });
    const [start, end] = form.disguise === 'raw' ? [from, to] : [bytes.length - to, bytes.length - from];
    const fresh = seen.bytes.subarray(start, end).filter((isSeen) => isSeen === 0).length;
    // What completes it is not noted: it is refused, and must be so again when it is tried again.
    if (fresh > 0 && seen.count + fresh >= bytes.length * ENOUGH) return true;
    seen.bytes.fill(1, start, end);
    seen.count += fresh;
    return false;
  }

  #seen(host: string, secret: KnownSecret, { size, nowMs }: { size: number; nowMs: number }): Seen {
    let secrets = this.#hosts.get(host);
    if (secrets === undefined) {
      const [oldest] = this.#hosts.keys();
      if (this.#hosts.size >= MAX_HOSTS && oldest !== undefined) this.#hosts.delete(oldest);
      this.#hosts.set(host, (secrets = new Map<KnownSecret, Seen>()));
    }
    let seen = secrets.get(secret);
    if (seen === undefined || nowMs - seen.lastMs > WINDOW_MS) {
      seen = { bytes: new Uint8Array(size), count: 0, lastMs: nowMs };
      secrets.set(secret, seen);
    }
    seen.lastMs = nowMs;
    return seen;
  }
}
