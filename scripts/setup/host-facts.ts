import { existsSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { isRoot } from '../../src/host/user.ts';

/** The facts about a test host that the set-up needs. This file reads them; other functions take them and decide. */

export interface HostFacts {
  readonly isRoot: boolean;
  /** systemd runs services here; elsewhere the set-up starts daemons itself. */
  readonly hasSystemd: boolean;
  /** udev makes device nodes usable; without it the set-up sets the modes of udev's own rules. */
  readonly hasUdev: boolean;
  readonly kernel: string;
  /** A cgroup v2 mount beside cgroup v1, or undefined: crun refuses to work if it sees one ("hybrid mode"). */
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

/**
 * Returns the mount point of cgroup v2 if cgroup v1 is mounted too. `mountinfo` is the text of /proc/self/mountinfo,
 * see proc(5).
 */
export function findExtraCgroup2(mountinfo: string): string | undefined {
  const mounts = mountinfo.split('\n').map((line) => {
    const fields = line.split(' ');
    return { path: fields[4], type: fields[fields.indexOf('-') + 1] };
  });
  if (!mounts.some(({ type }) => type === 'cgroup')) return undefined;
  return mounts.find(({ type }) => type === 'cgroup2')?.path;
}

/**
 * Returns a command that runs `argv` with the extra cgroup v2 mount hidden, or `argv` itself if there is none. Changes
 * the mount namespace of that command only.
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
