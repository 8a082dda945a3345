/** The form of the table of versions that are known to be bad. */

/** `kvm` is the host's kernel as the machine under a guest, for rungs whose bottles have a kernel of their own. */
export const PROGRAMS = [
  'runc',
  'runsc',
  'crun',
  'kata',
  'docker',
  'podman',
  'qemu',
  'firecracker',
  'bubblewrap',
  'containerd',
  'kernel',
  'kvm',
] as const;
export type Program = (typeof PROGRAMS)[number];

export interface AdvisoryRow {
  readonly program: Program;
  readonly advisory: `CVE-${string}`;
  /** The first affected one; all before the fix, where nothing is said. */
  readonly from?: string;
  /** The first fixed one of each branch (its first two numbers) that has one. Newer than all is fixed too. */
  readonly fixedIn: readonly [string, ...string[]];
  /** By when it was public: a day, or a month where only that is known. */
  readonly date: string;
  /**
   * `escape`: out of the boundary that the program makes, through a part of it that bottles use. `old`: anything else, such
   * as escapes through what bottles never use (restored checkpoints, krun, Kubernetes), or that need a user of the host.
   */
  readonly kind: 'escape' | 'old';
  readonly what: string;
  readonly source: string;
  /** Builds of Debian that have the fix although their numbers are lower: `BASE+debNuM`. */
  readonly debian?: readonly DebianFix[];
}

export interface DebianFix {
  readonly fixedIn: string;
  readonly source: string;
}
