import type { Rule } from '../config.ts';

/** Decides whether two rules can be about the same request. */

type Target = Pick<Rule, 'host' | 'port'>;

/**
 * Returns whether host and port overlap. A wildcard overlaps with names under it and with wildcards above and below.
 * Port 0 is every port.
 */
export function sharesTarget(a: Target, b: Target): boolean {
  return sharesHost(a.host, b.host) && (a.port === b.port || a.port === 0 || b.port === 0);
}

/** Returns whether host, port, methods and paths overlap. */
export function sharesRequests(a: Rule, b: Rule): boolean {
  return sharesTarget(a, b) && sharesMethod(a.methods, b.methods) && sharesPath(a.paths, b.paths);
}

function sharesHost(a: string, b: string): boolean {
  return coversHost(a, b) || coversHost(b, a);
}

/**
 * Returns whether one host pattern covers another. `*.x` covers itself, `y.x`, `z.y.x` and `*.y.x`; a name covers only
 * itself.
 */
export const coversHost = (wide: string, narrow: string): boolean =>
  wide === narrow || (wide.startsWith('*.') && narrow.endsWith(wide.slice(1)));

const sharesMethod = (a: Rule['methods'], b: Rule['methods']): boolean =>
  a === undefined || b === undefined || a.some((method) => b.includes(method));

const sharesPath = (a: Rule['paths'], b: Rule['paths']): boolean =>
  a === undefined || b === undefined || a.some((glob) => b.some((other) => globsOverlap(glob, other)));

/** Returns whether some path matches both globs. */
export const globsOverlap = (a: string, b: string): boolean =>
  overlaps(a.split('/'), b.split('/'), { many: '**', sameUnit: segmentsOverlap });

const segmentsOverlap = (a: string, b: string): boolean =>
  overlaps(a.split(''), b.split(''), { many: '*', sameUnit: (x, y) => x === y });

interface Units {
  /** Matches any number of units. */
  readonly many: string;
  readonly sameUnit: (a: string, b: string) => boolean;
}

/**
 * Fills a table row by row from the end, so that no glob makes it slow. `row[j]`: whether the rests from i and from j
 * overlap.
 */
function overlaps(a: readonly string[], b: readonly string[], { many, sameUnit }: Units): boolean {
  let below: boolean[] = [];
  for (let i = a.length; i >= 0; i -= 1) {
    const row = Array.from({ length: b.length + 1 }, () => false);
    for (let j = b.length; j >= 0; j -= 1) {
      const [x, y] = [a[i], b[j]];
      row[j] =
        (x === undefined && y === undefined) ||
        (x === many && (below[j] === true || (y !== undefined && row[j + 1] === true))) ||
        (y === many && (row[j + 1] === true || (x !== undefined && below[j] === true))) ||
        (x !== undefined &&
          y !== undefined &&
          x !== many &&
          y !== many &&
          sameUnit(x, y) &&
          below[j + 1] === true);
    }
    below = row;
  }
  return below[0] === true;
}
