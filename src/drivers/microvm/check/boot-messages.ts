import { BottleError } from '../../../errors.ts';
import { knownFix } from '../../container/fixes.ts';
import type { Accelerator } from '../vmm/vmm.ts';

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
export const parseBootMessages = (said: string): readonly Word[] =>
  [...said.matchAll(/^bot-bottle (\w+) (\d+)\r?\n/gm)].map(([, name = '', nanoseconds]) => ({
    name,
    guestMs: Number(nanoseconds) / 1e6,
  }));

const AGAIN_OR_ELSE = 'try again when this host has less to do, or use another runtime';

/**
 * What helps where a kernel was started and never said a word. KVM takes well under a second to the first program, however busy the
 * host is; a /dev/kvm that opens may still run no stock kernel, and to try again does not change that.
 */
const SILENT_FIX: Readonly<Record<Accelerator, string>> = {
  kvm:
    'take --runtime qemu, which runs without KVM, or a host whose KVM boots a stock kernel: ' +
    'in a virtual machine /dev/kvm may open and run none (full nested virtualisation is needed)',
  tcg: AGAIN_OR_ELSE,
};

/** How a look ended in which the machine said nothing. */
export interface Silence {
  readonly accelerator: Accelerator;
  /** What the VMM and the machine's console said at its end; undefined: it was ended, as its time was over. */
  readonly why: string | undefined;
}

/** The refusal of a rung whose kernel came to no program of its own. Pure. */
export const silent = ({ accelerator, why }: Silence): BottleError =>
  why === undefined
    ? new BottleError(
        'rungUnavailable',
        'a kernel was started, and did not come to its first program in time',
        { fix: SILENT_FIX[accelerator] },
      )
    : new BottleError('rungUnavailable', `no kernel runs: ${why}`, {
        fix: knownFix(why) ?? SILENT_FIX[accelerator],
      });

export interface Measured {
  readonly tscKhz: number;
  readonly slowdown: number;
}

/** So far from what this host says, a measurement is believed instead: what it says is exact where it is true. */
const BELIEVED = 0.01;

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
    throw new BottleError('rungUnavailable', 'a machine came up, and did not come to its end', {
      fix: AGAIN_OR_ELSE,
    });
  const ratio = (slept.guestMs - worked.guestMs) / (slept.atMs - worked.atMs);
  return {
    tscKhz: Math.abs(ratio - 1) < BELIEVED ? guessKhz : Math.round(guessKhz * ratio),
    slowdown: Math.max(1, (worked.atMs - begun.atMs) / hostMs),
  };
}

/**
 * Of two looks with one guess: where they agree, either; else the one whose clock is nearer to what this host says, as what makes words late
 * is not the same twice.
 */
export function likelier(guessKhz: number, one: Measured, other: Measured): Measured {
  if (Math.abs(one.tscKhz / other.tscKhz - 1) < BELIEVED) return one;
  return Math.abs(one.tscKhz - guessKhz) <= Math.abs(other.tscKhz - guessKhz) ? one : other;
}
