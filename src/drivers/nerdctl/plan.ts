import { BottleError } from '../../errors.ts';
import type { Tmpfs } from '../attached/machine.ts';
import { BOTTLE_LABEL } from './names.ts';

/** One machine of bot-bottle, and the argument list of `nerdctl create` that makes it. Pure. */

export interface Shared {
  readonly hostPath: string;
  readonly guestPath: string;
  readonly readOnly: boolean;
}

export interface Place extends Tmpfs {
  /** Programs may be executed from it. */
  readonly executable: boolean;
}

export interface MachineOrder {
  readonly name: string;
  readonly bottleId: string;
  readonly image: string;
  /** The digest of that reference when the order was made. */
  readonly imageDigest: string;
  /** `io.containerd.NAME.vN`. */
  readonly runtime: string;
  /** The first is the program's absolute path: it replaces the image's ENTRYPOINT. */
  readonly argv: readonly string[];
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly pids: number;
  /** The capabilities of every program that nerdctl starts in it. */
  readonly capabilities: readonly string[];
  readonly scratch: readonly Place[];
  readonly mounts: readonly Shared[];
}

/** @throws BottleError `rungUnavailable` if nerdctl cannot express the order */
export function createArguments(order: MachineOrder): readonly string[] {
  const [program = '', ...args] = order.argv;
  const memory = String(order.memoryBytes);
  return [
    ['create', '--name', order.name, '--label', `${BOTTLE_LABEL}=${order.bottleId}`],
    ['--runtime', order.runtime, '--network', 'none', '--pull', 'never', '--restart', 'no'],
    // Numbers: nerdctl looks a name up in the image's /etc/passwd.
    ['--user', '0:0', '--workdir', '/', '--read-only', '--security-opt', 'no-new-privileges'],
    ['--cap-drop', 'ALL', ...order.capabilities.flatMap((name) => ['--cap-add', name])],
    // The default of --memory-swap is twice the memory.
    ['--cpus', String(order.cpus), '--memory', memory, '--memory-swap', memory],
    ['--pids-limit', String(order.pids), '--cgroupns', 'private', '--ipc', 'private'],
    // A systemd timer on the host would run the image's own health check as root.
    ['--no-healthcheck', '--log-opt', 'max-size=64k'],
    order.scratch.flatMap((place) => ['--tmpfs', tmpfs(place)]),
    order.mounts.flatMap((mount) => ['--mount', bind(mount)]),
    ['--entrypoint', program, order.image, ...args],
  ].flat();
}

/** nosuid, nodev and noexec are defaults; `exec` cancels the last. */
const tmpfs = ({ guestPath, sizeBytes, mode, executable }: Place): string =>
  `${plain(guestPath, [':', ','])}:size=${sizeBytes},mode=${mode}${executable ? ',exec' : ''}`;

/**
 * Not `--volume`, which creates a missing folder. `readonly` applies only to the mount itself, not to mounts below it
 * (docs/command-reference.md), so this hides those.
 */
const bind = ({ hostPath, guestPath, readOnly }: Shared): string =>
  [
    'type=bind',
    `source=${plain(hostPath, SEPARATORS)}`,
    `target=${plain(guestPath, SEPARATORS)}`,
    'bind-propagation=rprivate',
    ...(readOnly ? ['readonly', 'bind-nonrecursive=true'] : []),
  ].join(',');

/** The value is a line of CSV: pkg/mountutil/mountutil_linux.go. */
const SEPARATORS = [',', '"', '\n', '\r'];

function plain(path: string, separators: readonly string[]): string {
  const found = separators.find((one) => path.includes(one));
  if (found === undefined) return path;
  throw new BottleError(
    'rungUnavailable',
    `nerdctl takes no path with ${JSON.stringify(found)} here: ${path}`,
    {
      fix: 'rename it, or set XDG_STATE_HOME to a folder without such a character',
    },
  );
}
