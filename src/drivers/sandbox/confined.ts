import { assetPath } from '../../host/paths.ts';
import { systemOptions } from '../../host/system/system-folders.ts';
import { readHostFacts, processorOf } from './facts.ts';
import { seccompFilter } from './seccomp.ts';

export interface Shown {
  readonly hostPath: string;
  /** Its path in the sandbox. */
  readonly path: string;
  readonly readOnly: boolean;
}

/** The descriptor after standard input, output and error. */
const FILTER_FD = 3;

/** Additional permissions of a confined program. */
export interface Powers {
  /** Devices of the host, besides the harmless ones. */
  readonly devices?: readonly string[];
  /** It is root inside and configures its own network: CAP_NET_ADMIN, and nothing else. */
  readonly makesNetwork?: boolean;
  /** It also has the descriptors `CONFINED_FD`. */
  readonly isAttended?: boolean;
}

/**
 * Descriptors of an attended program: bubblewrap's report of its process (`childPid` in start.ts), and a descriptor for
 * the program itself.
 */
export const CONFINED_FD = { info: 4, own: 5 } as const;

/**
 * The command that runs a program as the host's user for agents, without a network, with the system call filter of
 * bottles. The program sees only the system's folders and `shown`.
 * @throws BottleError `rungUnavailable` if there is no filter for this type of machine
 */
export function confined(
  shown: readonly Shown[],
  argv: readonly string[],
  { devices = [], makesNetwork = false, isAttended = false }: Powers = {},
): readonly string[] {
  const facts = readHostFacts();
  const { owner, launchedByRoot, system } = facts;
  const filter = Buffer.from(seccompFilter(processorOf(facts))).toString('hex');
  return [
    ['perl', assetPath('sandbox/start.pl'), '--last-fd', String(isAttended ? CONFINED_FD.own : 2)],
    ['--owner', `${owner.uid}:${owner.gid}`],
    ['--filter', filter, '--filter-fd', String(FILTER_FD)],
    launchedByRoot ? shown.flatMap(({ hostPath }) => ['--stage', hostPath]) : [],
    launchedByRoot ? devices.flatMap((path) => ['--device', path]) : [],
    ['--', 'bwrap', '--unshare-all', '--new-session', '--die-with-parent', '--cap-drop', 'ALL'],
    isAttended ? ['--info-fd', String(CONFINED_FD.info)] : [],
    makesNetwork ? ['--uid', '0', '--gid', '0', '--cap-add', 'CAP_NET_ADMIN', '--proc', '/proc'] : [],
    ['--clearenv', '--setenv', 'PATH', '/usr/sbin:/usr/bin:/bin'],
    [...systemOptions(system), '--dev', '/dev', ...deviceOptions(devices, launchedByRoot)],
    shown.flatMap(({ hostPath, path, readOnly }, index) => [
      readOnly ? '--ro-bind' : '--bind',
      launchedByRoot ? `/tmp/${index}` : hostPath,
      path,
    ]),
    ['--remount-ro', '/', '--chdir', '/', '--seccomp', String(FILTER_FD), '--', ...argv],
  ].flat();
}

/**
 * Options of bwrap(1) for devices of the host; if root launches it, for those that start.pl has made for the owner.
 * Pure.
 */
export const deviceOptions = (devices: readonly string[], launchedByRoot: boolean): readonly string[] =>
  devices.flatMap((path, index) => ['--dev-bind', launchedByRoot ? `/tmp/device/${index}` : path, path]);
