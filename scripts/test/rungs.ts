import { isRoot } from '../../src/host/user.ts';

/** Which rungs a Linux host could have, so that none is left out of the tests without anybody seeing it. */

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
  /** Rootless Podman has it on some hosts only: it depends on how the user's cgroups are delegated. */
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

/** One line for each rung that should be ready and is not. `rungs` is what `doctor --json` says. */
export function lackingRungs(rungs: readonly RungStatus[], asRoot = isRoot()): string[] {
  return EXPECTED.filter(({ needsRoot }) => asRoot || needsRoot !== true).flatMap(({ runtime, engine }) => {
    const found = rungs.find((rung) => rung.runtime === runtime && rung.engine === engine);
    if (found?.status === 'ready') return [];
    const why =
      found === undefined ? 'not known to doctor' : `${found.status}: ${found.reason}; ${found.fix}`;
    return [`${runtime} (${engine}) ${why}`];
  });
}
