import { BottleError } from '../../../errors.ts';

/** What the program of a machine that is only looked at says (assets/microvm/guest/look), and what follows from it. Pure. */

export interface Word {
  readonly name: string;
  /** By the machine's own clock. */
  readonly guestMs: number;
}

export interface Heard extends Word {
  /** By this host's clock. */
  readonly atMs: number;
}

/** A line is `bot-bottle NAME NANOSECONDS`, whole. */
export const heardFrom = (said: string): readonly Word[] =>
  [...said.matchAll(/^bot-bottle (\w+) (\d+)\r?\n/gm)].map(([, name = '', nanoseconds]) => ({
    name,
    guestMs: Number(nanoseconds) / 1e6,
  }));

export interface Measured {
  readonly tscKhz: number;
  readonly slowdown: number;
}

/**
 * The machine counted with `guessKhz` for as long as it said `worked` to `slept`; `hostMs` is what this host took for the work
 * between `begun` and `worked`. @throws BottleError `rungUnavailable` where it did not come to its end
 */
export function measured(
  heard: readonly Heard[],
  { guessKhz, hostMs }: { readonly guessKhz: number; readonly hostMs: number },
): Measured {
  const [begun, worked, slept] = ['begun', 'worked', 'slept'].map((name) =>
    heard.find((word) => word.name === name),
  );
  if (begun === undefined || worked === undefined || slept === undefined)
    throw new BottleError('rungUnavailable', 'a machine came up, and did not come to its end');
  const guestMs = slept.guestMs - worked.guestMs;
  return {
    tscKhz: Math.round((guessKhz * guestMs) / (slept.atMs - worked.atMs)),
    slowdown: Math.max(1, (worked.atMs - begun.atMs) / hostMs),
  };
}
