import { BottleError } from '../../../errors.ts';
import { knownFix } from '../../container/fixes.ts';
import type { Accelerator } from '../vmm/vmm.ts';

/** Parses and judges the messages of a check's machine (assets/microvm/guest/look). Pure. */

export interface Word {
  readonly name: string;
  /** Time by the machine's own clock. */
  readonly guestMs: number;
}

export interface Heard extends Word {
  /** Time by this host's clock. */
  readonly atMs: number;
}

/** Returns the complete lines of the form `bot-bottle NAME NANOSECONDS`. */
export const parseBootMessages = (said: string): readonly Word[] =>
  [...said.matchAll(/^bot-bottle (\w+) (\d+)\r?\n/gm)].map(([, name = '', nanoseconds]) => ({
    name,
    guestMs: Number(nanoseconds) / 1e6,
  }));

const AGAIN_OR_ELSE = 'try again when this host has less to do, or use another runtime';

/**
 * What helps where a kernel was started and printed no message. Under KVM, even a busy host reaches the first program
 * in well under a second. A /dev/kvm that opens may still run no stock kernel, and a retry does not change that.
 */
const SILENT_FIX: Readonly<Record<Accelerator, string>> = {
  kvm:
    'take --runtime qemu, which runs without KVM, or a host whose KVM boots a stock kernel: ' +
    'in a virtual machine /dev/kvm may open and run none (full nested virtualisation is needed)',
  tcg: AGAIN_OR_ELSE,
};

/** How a check ended whose machine printed no message. */
export interface Silence {
  readonly accelerator: Accelerator;
  /** The last output of the VMM and of the machine's console. Undefined: the check ended the VMM at its deadline. */
  readonly why: string | undefined;
}

/** Returns the error for a rung whose kernel reached no program. Pure. */
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

/**
 * Relative difference from the host's stated frequency, from which the measurement counts instead. A correct stated
 * value is exact.
 */
const BELIEVED = 0.01;

/**
 * Measures a machine's clock from `worked` to `slept`. `guessKhz`: the frequency that the machine was started with.
 * `hostMs`: the time that this host took for the work between `begun` and `worked`. Pure.
 * @throws BottleError `rungUnavailable` where the machine did not finish
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
 * Chooses between two measurements with one guess. Where they agree, returns the first; else the one whose frequency is
 * nearer to what this host states, because a delay of messages rarely repeats exactly. Pure.
 */
export function likelier(guessKhz: number, one: Measured, other: Measured): Measured {
  if (Math.abs(one.tscKhz / other.tscKhz - 1) < BELIEVED) return one;
  return Math.abs(one.tscKhz - guessKhz) <= Math.abs(other.tscKhz - guessKhz) ? one : other;
}
