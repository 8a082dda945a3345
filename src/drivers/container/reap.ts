import { randomBytes } from 'node:crypto';
import { join, relative } from 'node:path';
import { deadline } from '../../host/deadline.ts';
import type { ProcessIdentity } from '../../host/processes.ts';
import type { Connection } from './engine/engine.ts';
import type { ContainerPlan } from './hardening.ts';
import { containerName } from './names.ts';
import { ensureCheckImage, programMounts } from './check/image.ts';
import { runToEnd } from './run-to-end.ts';

/** Removes what root left of containers that are gone, for an engine's user who is not root. */

/** The leftovers of containers. */
export interface Left {
  readonly processes: readonly ProcessIdentity[];
  /** Folders of control groups. */
  readonly groups: readonly string[];
}

const REAP_TIMEOUT_MS = 20_000;

/** The mount point of the host's control groups in the container. */
const GUEST_GROUPS = '/host-groups';
const HOST_GROUPS = '/sys/fs/cgroup';
/**
 * The script's arguments: PID:TICKS is a process with its start time (field 22 of proc_pid_stat(5)); a path is a group,
 * which its last process must leave before removal.
 */
const REAPER = `
end() {
  read -r stat <"/proc/$1/stat" || return 0
  set -- "$1" "$2" \${stat##*) }
  [ "\${22}" != "$2" ] || kill -KILL "$1"
}
tries=0
for word; do
  case $word in
    /*) until rmdir "$word" || [ ! -d "$word" ] || [ $((tries += 1)) -gt 30 ]; do sleep 0.1; done ;;
    *) end "\${word%:*}" "\${word#*:}" ;;
  esac
done
true`;

/**
 * Ends these processes and removes the groups, in a short-lived container, as root, that has nothing else of the host.
 * @throws EngineError, BottleError
 */
export async function reap(helper: Connection, { processes, groups }: Left): Promise<void> {
  const signal = deadline(REAP_TIMEOUT_MS);
  const id = `reap-${randomBytes(4).toString('hex')}`;
  const words = processes.map(({ pid, startTicks }) => `${pid}:${startTicks}`);
  const guestPaths = groups
    .filter((path) => path.startsWith(`${HOST_GROUPS}/`))
    .map((path) => join(GUEST_GROUPS, relative(HOST_GROUPS, path)));
  const plan: ContainerPlan = {
    name: containerName(id, 'agent'),
    bottleId: id,
    image: await ensureCheckImage(helper.client, signal),
    argv: ['/bin/sh', '-c', REAPER, 'sh', ...words, ...guestPaths],
    env: {},
    cwd: '/',
    owner: { uid: 0, gid: 0 },
    tty: false,
    stdin: false,
    limits: { memoryBytes: 64 * 1024 * 1024, cpus: 1, pids: 16 },
    mounts: [
      ...programMounts(),
      ...(guestPaths.length === 0
        ? []
        : [{ hostPath: HOST_GROUPS, guestPath: GUEST_GROUPS, readOnly: false }]),
    ],
    scratch: [],
    network: { kind: 'none' },
    sysctls: {},
    capabilities: ['KILL'],
    hostProcesses: true,
  };
  await runToEnd(helper, plan, { signal, timeoutMs: REAP_TIMEOUT_MS });
}
