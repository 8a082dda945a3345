/** The format of the table of known-bad versions. */

/** `kvm` is the host's kernel as a hypervisor, for rungs whose bottles have a separate kernel. */
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
  /** The first affected version; if unset, all versions before the fix are affected. */
  readonly from?: string;
  /**
   * The first fixed version of each branch (its first two numbers) that has one. Any version newer than all of these is
   * fixed too.
   */
  readonly fixedIn: readonly [string, ...string[]];
  /** The date by which it was public: a day, or a month if only that is known. */
  readonly date: string;
  /**
   * `escape`: breaks out of the boundary that the program creates, through a part that bottles use. `old`: anything
   * else, such as escapes through parts that bottles never use (restored checkpoints, krun, Kubernetes), or that need a
   * user on the host.
   */
  readonly kind: 'escape' | 'old';
  readonly what: string;
  readonly source: string;
  /** Debian builds that contain the fix despite lower numbers: `BASE+debNuM`. */
  readonly debian?: readonly DebianFix[];
}

export interface DebianFix {
  readonly fixedIn: string;
  readonly source: string;
}
