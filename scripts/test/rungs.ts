import { isRoot } from '../../src/host/user.ts';

/** The rungs that a Linux host could have, so that the tests leave none out unnoticed. */

export interface RungStatus {
  readonly runtime: string;
  readonly engine: string;
  readonly status: string;
  readonly reason: string;
  readonly fix: string;
}

interface ExpectedRung {
  readonly runtime: string;
  readonly engine: string;
  /** Rootless Podman has this rung on some hosts only: it depends on the delegation of the user's cgroups. */
  readonly needsRoot?: true;
}

const EXPECTED: readonly ExpectedRung[] = [
  { runtime: 'bubblewrap', engine: 'bubblewrap' },
  { runtime: 'qemu', engine: 'qemu' },
  { runtime: 'runc', engine: 'docker' },
  { runtime: 'crun', engine: 'docker' },
  { runtime: 'runsc', engine: 'docker' },
  { runtime: 'runc', engine: 'podman', needsRoot: true },
  { runtime: 'crun', engine: 'podman', needsRoot: true },
  { runtime: 'runsc', engine: 'podman', needsRoot: true },
];

/** Returns one line for each rung that should be ready and is not. `rungs` is the output of `doctor --json`. */
export function lackingRungs(rungs: readonly RungStatus[], asRoot = isRoot()): string[] {
  return EXPECTED.filter(({ needsRoot }) => asRoot || needsRoot !== true).flatMap(({ runtime, engine }) => {
    const found = rungs.find((rung) => rung.runtime === runtime && rung.engine === engine);
    if (found?.status === 'ready') return [];
    const why =
      found === undefined ? 'not known to doctor' : `${found.status}: ${found.reason}; ${found.fix}`;
    return [`${runtime} (${engine}) ${why}`];
  });
}
