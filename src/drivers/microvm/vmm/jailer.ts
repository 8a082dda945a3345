import { basename, join } from 'node:path';
import { firecrackerArguments, fittingSocketPath } from './firecracker.ts';

/**
 * Firecracker's own way into a jail, for root: a user, a root folder, a control group and a network of the machine's own
 * (docs/jailer.md of its project). It removes none of them.
 */

export interface JailOrder {
  readonly jailerPath: string;
  /** A release's, linked to nothing: of the same version as the jailer. */
  readonly firecrackerPath: string;
  /** `[A-Za-z0-9-]`, 64 at most, and no other jail's before. */
  readonly id: string;
  /** No other machine's. */
  readonly owner: { readonly uid: number; readonly gid: number };
  /** On a file system that is mounted neither `nodev` nor `noexec`. */
  readonly baseDir: string;
  /** The network that the machine's interface is in: `/proc/PID/ns/net`, or what `ip netns` made. */
  readonly networkPath: string;
  readonly cpus: number;
  readonly memoryMib: number;
}

/** Where its files are on this host: what the machine is made of is put there, by links or copies, and is the owner's. Pure. */
export const jailRoot = ({ baseDir, firecrackerPath, id }: JailOrder): string =>
  join(baseDir, basename(firecrackerPath), id, 'root');

/** Its socket, as it sees it. */
const SOCKET = '/run/api.sock';

/** Its socket, as this host sees it. Pure. @throws BottleError `rungUnavailable` where that path is too long */
export const jailSocket = (order: JailOrder): string => fittingSocketPath(join(jailRoot(order), SOCKET));

const PERIOD_US = 100_000;
/** For itself, and the tables that its machine's memory needs. */
const OWN_MIB = 64;
/** Two are its own, for the machine and for its API, and each processor is another; the rest is room. */
const OWN_THREADS = 8;

/**
 * The command line: what it starts is the Firecracker itself, in the same process, with the same exit code. Pure.
 * A bound on the size of files would be one on the machine's memory and disk too: there is none.
 * @throws BottleError `rungUnavailable` where the socket's path is too long
 */
export function jailerCommand(order: JailOrder): readonly string[] {
  const { jailerPath, firecrackerPath, id, owner, baseDir, networkPath, cpus, memoryMib } = order;
  jailSocket(order);
  const bounds = {
    'memory.max': (memoryMib + OWN_MIB) * 1024 ** 2,
    'memory.swap.max': 0,
    'cpu.max': `${cpus * PERIOD_US} ${PERIOD_US}`,
    'pids.max': cpus + OWN_THREADS,
  };
  return [
    [jailerPath, '--id', id, '--exec-file', firecrackerPath],
    ['--uid', String(owner.uid), '--gid', String(owner.gid)],
    ['--chroot-base-dir', baseDir, '--netns', networkPath],
    ['--cgroup-version', '2', '--parent-cgroup', 'bot-bottle'],
    Object.entries(bounds).flatMap(([file, value]) => ['--cgroup', `${file}=${value}`]),
    ['--resource-limit', 'no-file=256'],
    ['--', ...firecrackerArguments(SOCKET)],
  ].flat();
}
