import { BottleError } from '../../errors.ts';
import type { Tmpfs } from '../attached/machine.ts';
import { BOTTLE_LABEL } from './names.ts';

/** One container of bot-bottle, and the argument list of `container create` that makes it. Pure. */

export interface Folder {
  readonly hostPath: string;
  readonly guestPath: string;
  readonly readOnly: boolean;
}

export interface SocketPair {
  readonly hostPath: string;
  readonly guestPath: string;
}

export interface ContainerOrder {
  readonly name: string;
  readonly bottleId: string;
  readonly image: string;
  /**
   * The first is the program's absolute path. It replaces the image's ENTRYPOINT, which would otherwise come before it.
   */
  readonly argv: readonly string[];
  /** Contains no value of the user: the list of processes shows it. */
  readonly env: Readonly<Record<string, string>>;
  readonly owner: { readonly uid: number; readonly gid: number };
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly processes: number;
  readonly readOnly: boolean;
  /** The container's only capabilities. */
  readonly capabilities: readonly string[];
  readonly scratch: readonly Tmpfs[];
  /** Folders, and files in a folder that contains nothing else. */
  readonly mounts: readonly Folder[];
  /** Sockets of the host that programs in it connect to. */
  readonly mountedSockets: readonly SocketPair[];
  /** Sockets that programs open in it, and to which the host connects. */
  readonly publishedSockets: readonly SocketPair[];
  /** `none`: no interface at all; `default`: the one that leads out. */
  readonly network: 'none' | 'default';
}

export const MIB = 1024 ** 2;
/** ContainersService.swift of apple/container 1.2.2: `minimum memory amount allowed is 200 MiB`. */
const MIN_MEMORY_MIB = 200;

/** Rounds up to whole processors, as `--cpus` requires. */
export const cpusOf = (cpus: number): number => Math.max(1, Math.ceil(cpus));

/** @throws BottleError `rungUnavailable` if Apple's `container` cannot express the order */
export function createArguments(order: ContainerOrder): readonly string[] {
  const [program = '', ...args] = order.argv;
  const { uid, gid } = order.owner;
  return [
    ['create', '--name', order.name, '--label', `${BOTTLE_LABEL}=${order.bottleId}`, '--interactive'],
    // Not `--user`: the client looks its text up in the image's /etc/passwd.
    ['--uid', String(uid), '--gid', String(gid), '--workdir', '/'],
    ['--cpus', String(order.cpus), '--memory', memory(order.memoryBytes)],
    ['--ulimit', `nproc=${order.processes}:${order.processes}`],
    ['--cap-drop', 'ALL', ...order.capabilities.flatMap((name) => ['--cap-add', name])],
    order.readOnly ? ['--read-only'] : [],
    // Never two: only the first has a route, and their order cannot be read back.
    ['--network', order.network, ...(order.network === 'none' ? ['--no-dns'] : [])],
    order.scratch.flatMap((place) => ['--mount', tmpfs(place)]),
    order.mounts.flatMap((mount) => ['--volume', volume(mount)]),
    order.mountedSockets.flatMap((pair) => ['--volume', pairOf(pair)]),
    order.publishedSockets.flatMap((pair) => ['--publish-socket', pairOf(pair)]),
    Object.entries(order.env).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    ['--entrypoint', program, order.image, ...args],
  ].flat();
}

function memory(bytes: number): string {
  const mib = Math.ceil(bytes / MIB);
  if (mib >= MIN_MEMORY_MIB) return `${mib}M`;
  throw new BottleError(
    'rungUnavailable',
    `a machine of Apple's container has at least ${MIN_MEMORY_MIB} MiB`,
    {
      fix: `raise resources.memory to ${MIN_MEMORY_MIB}m, or choose another runtime`,
    },
  );
}

/** `--tmpfs` accepts no options. Sizes are in whole MiB. */
const tmpfs = ({ guestPath, sizeBytes, mode }: Tmpfs): string =>
  `type=tmpfs,destination=${plain(guestPath, [',', '='])},size=${Math.max(1, Math.floor(sizeBytes / MIB))}M,mode=${mode}`;

/** `--mount` accepts no file, no socket, and no path with `=`. */
const volume = ({ readOnly, ...pair }: Folder): string => `${pairOf(pair)}${readOnly ? ':ro' : ''}`;

const pairOf = ({ hostPath, guestPath }: SocketPair): string =>
  `${plain(hostPath, [':'])}:${plain(guestPath, [':'])}`;

/** Parser.swift of 1.2.2 splits at these characters, and has no escape for them. */
function plain(path: string, separators: readonly string[]): string {
  const found = separators.find((one) => path.includes(one));
  if (found === undefined) return path;
  throw new BottleError('rungUnavailable', `Apple's container takes no path with \`${found}\`: ${path}`, {
    fix: 'rename it, or set XDG_STATE_HOME to a folder without such a character',
  });
}

/** sockaddr_un of macOS has 104 bytes, the last of which is zero; GHSA-rgqp-277h-gcwj is about longer paths. */
const MAX_SOCKET_PATH_BYTES = 103;

/** @throws BottleError `rungUnavailable` if a socket's path on the host is too long for macOS */
export function expectShort(sockets: readonly SocketPair[]): void {
  const long = sockets.find(({ hostPath }) => Buffer.byteLength(hostPath) > MAX_SOCKET_PATH_BYTES);
  if (long === undefined) return;
  throw new BottleError(
    'rungUnavailable',
    `the path of a socket is longer than macOS allows: ${long.hostPath}`,
    {
      details: [`at most ${MAX_SOCKET_PATH_BYTES} bytes`],
      fix: 'set XDG_STATE_HOME to a folder with a shorter path, or give the agent a shorter name',
    },
  );
}
