import { existsSync } from 'node:fs';
import { isRoot } from '../../src/host/user.ts';

/** What cannot be tested here, said in the summary: not a rung that this host could have and lacks. */

export interface LeftOut {
  /** For vitest. */
  readonly args: readonly string[];
  /** A line each. */
  readonly said: readonly string[];
}

const KATA = '**/kata*.test.ts';
const SUITES = ['integration', 'conformance', 'e2e'];

/** Kata's stand-in is a link in /usr/local/bin, and its machines are KVM's. Pure, but for what it looks at where nothing is given. */
export function leftOut(hasKvm = existsSync('/dev/kvm'), asRoot = isRoot()): LeftOut {
  if (hasKvm && asRoot) return { args: [], said: [] };
  const why = hasKvm ? 'it needs root' : 'there is no /dev/kvm';
  return {
    args: SUITES.flatMap((suite) => ['--exclude', `test/${suite}/${KATA}`]),
    said: [`left out: the stand-in for Kata, as ${why}`],
  };
}
