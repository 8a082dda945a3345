import { BottleError } from '../../errors.ts';
import type { Tmpfs } from '../attached/machine.ts';
import { BOTTLE_LABEL } from './names.ts';

/** One container of ours, and the argument list of `container create` that makes it. Pure. */

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
  /** The first is the program's whole path: it takes the place of the image's ENTRYPOINT, which would come before it. */
  readonly argv: readonly string[];
  /** No value of the user's: it shows in the list of processes. */
  readonly env: Readonly<Record<string, string>>;
  readonly owner: { readonly uid: number; readonly gid: number };
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly processes: number;
  readonly readOnly: boolean;
  /** The only ones. */
  readonly capabilities: readonly string[];
  readonly scratch: readonly Tmpfs[];
  /** Folders, and files that lie alone in one. */
  readonly mounts: readonly Folder[];
  /** Sockets of the host's that programs in it connect to. */
  readonly mountedSockets: readonly SocketPair[];
  /** Sockets that are opened in it and connected to from the host. */
  readonly publishedSockets: readonly SocketPair[];
  /** `none`: no interface at all; `default`: the one that leads out. */
  readonly network: 'none' | 'default';
}

export const MIB = 1024 ** 2;
/** ContainersService.swift of apple/container 1.2.2: `minimum memory amount allowed is 200 MiB`. */
const MIN_MEMORY_MIB = 200;

/** Whole processors, as `--cpus` takes them; what is asked for fits. */
export const cpusOf = (cpus: number): number => Math.max(1, Math.ceil(cpus));

/** @throws BottleError `rungUnavailable` where the order cannot be said to Apple's `container` */
export function createArguments(order: ContainerOrder): readonly string[] {
  const [program = '', ...args] = order.argv;
  const { uid, gid } = order.owner;
  return [
    ['create', '--name', order.name, '--label', `${BOTTLE_LABEL}=${order.bottleId}`, '--interactive'],
    // Not `--user`: its text is looked up in the image's /etc/passwd.
    ['--uid', String(uid), '--gid', String(gid), '--workdir', '/'],
    ['--cpus', String(order.cpus), '--memory', memory(order.memoryBytes)],
    ['--ulimit', `nproc=${order.processes}:${order.processes}`],
    ['--cap-drop', 'ALL', ...order.capabilities.flatMap((name) => ['--cap-add', name])],
    order.readOnly ? ['--read-only'] : [],
    // Never two: only the first has a route, and the order cannot be read back.
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

/** `--tmpfs` takes no options. Sizes are in whole MiB. */
const tmpfs = ({ guestPath, sizeBytes, mode }: Tmpfs): string =>
  `type=tmpfs,destination=${plain(guestPath, [',', '='])},size=${Math.max(1, Math.floor(sizeBytes / MIB))}M,mode=${mode}`;

/** `--mount` takes no file and no socket, and no path with `=`. */
const volume = ({ readOnly, ...pair }: Folder): string => `${pairOf(pair)}${readOnly ? ':ro' : ''}`;

const pairOf = ({ hostPath, guestPath }: SocketPair): string =>
  `${plain(hostPath, [':'])}:${plain(guestPath, [':'])}`;

/** Parser.swift of 1.2.2 splits at these, and knows no way to say them. */
function plain(path: string, separators: readonly string[]): string {
  const found = separators.find((one) => path.includes(one));
  if (found === undefined) return path;
  throw new BottleError('rungUnavailable', `Apple's container takes no path with \`${found}\`: ${path}`, {
    fix: 'rename it, or set XDG_STATE_HOME to a folder without such a character',
  });
}

/** sockaddr_un of macOS has room for 104 bytes, the last of which is zero; GHSA-rgqp-277h-gcwj is about longer ones. */
const MAX_SOCKET_PATH_BYTES = 103;

/** @throws BottleError `rungUnavailable` where a socket's place on the host is too long for macOS */
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
