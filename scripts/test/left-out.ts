import { existsSync } from 'node:fs';
import { isRoot } from '../../src/host/user.ts';

/** What cannot be tested here, said in the summary: not a rung that this host could have and lacks. */

export interface LeftOut {
  /** Patterns of files, in every suite. */
  readonly files: readonly string[];
  /** A line each. */
  readonly said: readonly string[];
}

/** Those of Kata by nerdctl too. The stand-in for nerdctl has a containerd of its own, of root. */
const FILES = ['test/**/kata*.test.ts'];

/** Kata's stand-in is a link in /usr/local/bin, and its machines are KVM's. Pure, but for what it looks at where nothing is given. */
export function leftOut(hasKvm = existsSync('/dev/kvm'), asRoot = isRoot()): LeftOut {
  if (hasKvm && asRoot) return { files: [], said: [] };
  const why = hasKvm ? 'it needs root' : 'there is no /dev/kvm';
  return { files: FILES, said: [`left out: the stand-ins for Kata and nerdctl, as ${why}`] };
}
