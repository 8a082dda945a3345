import { BOUNDARIES, type EngineName, type Rung, type RuntimeName } from '../../drivers/driver.ts';

/**
 * The choices of `runtime: auto` on each supported platform: one list each, whose first ready rung wins, with the
 * reason for each place. A boundary never follows a weaker one, so the order decides among equals. Used for the choice,
 * for `doctor --explain` and for docs/HOSTS.md.
 */

export const PLATFORMS = ['linux', 'darwin', 'win32'] as const;
export type Platform = (typeof PLATFORMS)[number];

export interface AutoRow {
  readonly runtime: RuntimeName;
  /** Absent if the rung needs no separate engine. */
  readonly engine?: EngineName;
  readonly why: string;
}

export interface AutoList {
  readonly title: string;
  readonly rows: readonly AutoRow[];
  /** Advice if no rung is ready. */
  readonly otherwise: string;
}

export const AUTO: Readonly<Record<Platform, AutoList>> = {
  linux: {
    title: 'Linux, WSL 2, and the VM of Colima, Lima or Podman machine',
    rows: [
      {
        runtime: 'firecracker',
        why: 'a kernel of its own, under the VMM with the fewest devices; needs KVM',
      },
      {
        runtime: 'qemu',
        why: 'the same machine under a larger VMM; without KVM only where nothing else does',
      },
      {
        runtime: 'kata',
        engine: 'docker',
        why: 'a kernel of its own too, with folders of the host, served by a program of root',
      },
      {
        runtime: 'kata',
        engine: 'nerdctl',
        why: 'the same by containerd alone, without a network; root only, never detached',
      },
      {
        runtime: 'runsc',
        engine: 'docker',
        why: 'a kernel in user space; Docker reports when it is out of memory',
      },
      { runtime: 'runsc', engine: 'podman', why: 'the same; Podman reports less' },
      {
        runtime: 'bubblewrap',
        why: 'of those that share the kernel: no daemon, no image, the quickest start',
      },
      { runtime: 'runc', engine: 'docker', why: "Docker's own" },
      { runtime: 'crun', engine: 'docker', why: 'as runc' },
      { runtime: 'runc', engine: 'podman', why: 'as with Docker; its limits need delegated control groups' },
      { runtime: 'crun', engine: 'podman', why: 'as runc' },
    ],
    otherwise: 'install bubblewrap: bot-bottle doctor has the command, and what else there is',
  },
  darwin: {
    title: 'macOS',
    rows: [{ runtime: 'apple', why: 'a machine for each container; engines are in one VM for all, refused' }],
    otherwise: 'colima start, then colima ssh: in that VM the list of Linux holds',
  },
  win32: {
    title: 'Windows',
    rows: [],
    otherwise: 'wsl --install: in a distribution of WSL 2 the list of Linux holds',
  },
};

/** The list of a platform, by Node's name for it; Linux's list for an unknown platform. */
export const autoListOf = (platform: string): AutoList =>
  AUTO[PLATFORMS.find((known) => known === platform) ?? 'linux'];

/** The rung's index in the list; the length of the list if it is absent. */
function placeOf({ runtime, engine }: Pick<Rung, 'runtime' | 'engine'>, { rows }: AutoList): number {
  const at = rows.findIndex((row) => row.runtime === runtime && (row.engine ?? row.runtime) === engine);
  return at < 0 ? rows.length : at;
}

/** Compares rungs for `sort`: stronger boundary first, then the order of the list. */
export const byPreference =
  (platform: string) =>
  (a: Rung, b: Rung): number =>
    BOUNDARIES.indexOf(b.boundary) - BOUNDARIES.indexOf(a.boundary) ||
    placeOf(a, autoListOf(platform)) - placeOf(b, autoListOf(platform));
