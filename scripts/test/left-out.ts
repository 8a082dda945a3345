import { existsSync } from 'node:fs';
import { isRoot } from '../../src/host/user.ts';

/**
 * Tests that this host cannot run; the summary names them. This does not include a rung that the host could have and
 * lacks.
 */

export interface LeftOut {
  /** Patterns of files, for every suite. */
  readonly files: readonly string[];
  /** Messages, one line each. */
  readonly said: readonly string[];
}

/** Includes Kata by nerdctl: the stand-in for nerdctl has its own containerd, which needs root. */
const FILES = ['test/**/kata*.test.ts'];

/**
 * The stand-in for Kata is a link in /usr/local/bin, and its machines need KVM. Pure, except for the defaults of its
 * parameters.
 */
export function leftOut(hasKvm = existsSync('/dev/kvm'), asRoot = isRoot()): LeftOut {
  if (hasKvm && asRoot) return { files: [], said: [] };
  const why = hasKvm ? 'it needs root' : 'there is no /dev/kvm';
  return { files: FILES, said: [`left out: the stand-ins for Kata and nerdctl, as ${why}`] };
}
