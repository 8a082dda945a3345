import type { CompiledRule } from './compile.ts';
import type { Hits } from './keywords.ts';

/**
 * Finds rows of letters and digits, for kinds of secrets that have a length but no keyword: keys of wallets. A row of
 * 48 or more contains one of every 48 bytes, so only these are checked.
 */

export interface Runs {
  readonly least: number;
  readonly most: number;
  /** `place`: the place of the rule in the list. */
  readonly rules: readonly (readonly [place: number, least: number, most: number])[];
}

const STEP = 48;

const IS_WORD = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number(/[0-9A-Za-z]/.test(String.fromCharCode(byte))),
);

/** Returns the rows that these rules search for; undefined if none of them does. */
export function runsOf(rules: readonly CompiledRule[]): Runs | undefined {
  const asking = [...rules.entries()].flatMap(([place, { runs }]) =>
    runs === undefined ? [] : [[place, Math.max(runs[0], STEP), runs[1]] as const],
  );
  if (asking.length === 0) return undefined;
  return {
    least: Math.min(...asking.map(([, least]) => least)),
    most: Math.max(...asking.map(([, , most]) => most)),
    rules: asking,
  };
}

interface Stretch {
  readonly start: number;
  readonly end: number;
  readonly hits: Hits;
}

/** Adds the places where rows begin to `hits`. */
export function addRuns(runs: Runs | undefined, text: Uint8Array, { start, end, hits }: Stretch): void {
  if (runs === undefined) return;
  let at = start + STEP - 1;
  while (at < end) {
    if (IS_WORD[text[at]!] === 0) {
      at += STEP;
      continue;
    }
    let from = at;
    while (from > start && IS_WORD[text[from - 1]!] === 1) from -= 1;
    let to = at + 1;
    while (to < end && IS_WORD[text[to]!] === 1) to += 1;
    const length = to - from;
    for (const [place, least, most] of runs.rules) {
      if (length < least || length > most) continue;
      const places = hits.get(place);
      if (places === undefined) hits.set(place, [from]);
      else places.push(from);
    }
    at = to + STEP;
  }
}
