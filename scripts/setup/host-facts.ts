import { existsSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { isRoot } from '../../src/host/user.ts';

/** What the set-up of a test host must know of it. Reading is here, deciding is in functions that take what was read. */

export interface HostFacts {
  readonly isRoot: boolean;
  /** systemd runs services here; elsewhere daemons are started by hand. */
  readonly hasSystemd: boolean;
  /** Who makes device nodes usable; where nobody does, the set-up sets the modes that udev's own rules give. */
  readonly hasUdev: boolean;
  readonly kernel: string;
  /** A cgroup v2 mount beside cgroup v1, or undefined: crun refuses to work in its sight ("hybrid mode"). */
  readonly extraCgroup2: string | undefined;
}

/** Reads the facts of this host. */
export function readHostFacts(): HostFacts {
  return {
    isRoot: isRoot(),
    hasSystemd: existsSync('/run/systemd/system'),
    hasUdev: existsSync('/run/udev/control'),
    kernel: release(),
    extraCgroup2: findExtraCgroup2(readFileSync('/proc/self/mountinfo', 'utf8')),
  };
}

/** The mount point of cgroup v2 where cgroup v1 is mounted too; the text is that of /proc/self/mountinfo, see proc(5). */
export function findExtraCgroup2(mountinfo: string): string | undefined {
  const mounts = mountinfo.split('\n').map((line) => {
    const fields = line.split(' ');
    return { path: fields[4], type: fields[fields.indexOf('-') + 1] };
  });
  if (!mounts.some(({ type }) => type === 'cgroup')) return undefined;
  return mounts.find(({ type }) => type === 'cgroup2')?.path;
}

/**
 * The command that runs another one where the extra cgroup v2 mount is hidden; the command itself where there is none.
 * Only that command's own mount namespace changes.
 */
export function withoutExtraCgroup2(facts: HostFacts, argv: readonly string[]): string[] {
  if (facts.extraCgroup2 === undefined || !facts.isRoot) return [...argv];
  const script = 'umount "$1" && shift && exec "$@"';
  return [
    'unshare',
    '--mount',
    '--propagation',
    'private',
    'sh',
    '-c',
    script,
    'sh',
    facts.extraCgroup2,
    ...argv,
  ];
}
