import type { KeyPath } from './document.ts';

/** Names of things in messages. */

/** Returns the candidate that differs least from `written`, if it is near enough. */
export function nearest(written: string, candidates: Iterable<string>): string | undefined {
  let best: { candidate: string; distance: number } | undefined;
  for (const candidate of candidates) {
    const distance = editDistance(plain(written), plain(candidate));
    if (distance <= tolerance(candidate) && (best === undefined || distance < best.distance)) {
      best = { candidate, distance };
    }
  }
  return best?.candidate;
}

const LONGEST_COMPARED = 64;

/** `minBoundary` and `min-boundary` are other spellings of `min_boundary`, not mistakes. */
const plain = (name: string): string => name.slice(0, LONGEST_COMPARED).toLowerCase().replaceAll(/[-_]/g, '');

const tolerance = (candidate: string): number => Math.max(1, Math.floor(candidate.length / 3));

/** Optimal string alignment distance: insertions, deletions, replacements and swaps of neighbours. */
function editDistance(left: string, right: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const same = left[row - 1] === right[column - 1];
      const swapped =
        row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      current[column] = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
        swapped ? (beforeLast[column - 2] ?? 0) + 1 : Infinity,
      );
    }
    [beforeLast, last] = [last, current];
  }
  return last[right.length] ?? 0;
}

const MOST_LISTED = 20;

/** Formats a path as users write it: `bottles.web.egress.allow[2].host`. */
export function keyName(path: KeyPath): string {
  const [first, ...rest] = path;
  if (first === undefined) return 'the manifest';
  const tail = rest.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`));
  return `\`${first}${tail.join('')}\``;
}

/** Formats a list: `a`, `b` or `c`. */
export function listed(words: readonly string[]): string {
  const quoted = words.slice(0, MOST_LISTED).map((word) => `\`${word}\``);
  if (words.length > MOST_LISTED) quoted.push(`${words.length - MOST_LISTED} more`);
  const last = quoted.pop() ?? 'nothing';
  return quoted.length === 0 ? last : `${quoted.join(', ')} or ${last}`;
}
