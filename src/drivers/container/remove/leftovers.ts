import { readFileSync, existsSync, readdirSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BottleError } from '../../../errors.ts';
import { endProcess, everyPid, identify, type ProcessIdentity } from '../../../host/processes.ts';
import { isRoot } from '../../../host/user.ts';
import type { Connection } from '../engine/engine.ts';
import { isVmmOf } from '../../kata/machine.ts';
import { rmdir } from 'node:fs/promises';
import { parseMountTable } from '../../../host/disk/mount-table.ts';
import { readKernelFile } from '../../../host/system/kernel-file.ts';
import { randomBytes } from 'node:crypto';
import { deadline } from '../../../host/deadline.ts';
import type { ContainerPlan } from '../body/hardening.ts';
import { containerName } from '../names.ts';
import { ensureCheckImage, programMounts } from '../check/image.ts';
import { runToEnd } from '../engine/run-to-end.ts';

/**
 * Ends processes that outlive their container and that no engine lists. gVisor's sandbox and gofer may go on after a
 * failed start, and one has used a full CPU core for an hour; then containerd's shim also stays, with the runtime's
 * state, until it is killed. A VMM of Kata may outlive a killed shim. Podman's monitor of an exec stays for five
 * minutes, so that clients can ask for its exit code. Each has the container's id among its arguments. Also removes the
 * container's control groups.
 */

/** The leftovers of containers. */
interface Left {
  readonly processes: readonly ProcessIdentity[];
  /** Folders of control groups. */
  readonly groups: readonly string[];
}

/** The shim of a properly removed container ends by itself, in milliseconds. */
const SHIM_GRACE_MS = 500;

/** The processes that worked for one of these containers. */
function findLeftovers(containerIds: readonly string[]): ProcessIdentity[] {
  if (containerIds.length === 0) return [];
  return everyPid().flatMap((pid) => {
    if (!isServantOf(pid, containerIds)) return [];
    const identity = identify(pid);
    return identity === undefined ? [] : [identity];
  });
}

const SERVANTS = /^(runsc|conmon|containerd-shim)/;
const SHIM = /^containerd-shim/;

function isServantOf(pid: number, containerIds: readonly string[]): boolean {
  const [program = '', ...args] = commandLine(pid);
  return (
    (SERVANTS.test(basename(program)) && args.some((arg) => containerIds.includes(basename(arg)))) ||
    containerIds.some((id) => isVmmOf([program, ...args], id))
  );
}

const isShim = ({ pid }: ProcessIdentity): boolean => SHIM.test(basename(commandLine(pid)[0] ?? ''));

/** The processes that worked for one of these containers and do not end by themselves. */
async function findStuck(containerIds: readonly string[]): Promise<ProcessIdentity[]> {
  for (const end = Date.now() + SHIM_GRACE_MS; ; await sleep(20)) {
    const found = findLeftovers(containerIds);
    if (!found.some(isShim) || Date.now() > end) return found;
  }
}

function commandLine(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return []; // the process is gone
  }
}

/**
 * Ends these processes, and removes empty control groups. If this user may not, a short-lived container does it as
 * root.
 * @throws BottleError `dependencyMissing` when something remains afterwards
 */
export async function endLeftovers(helper: Connection, containerIds: readonly string[]): Promise<void> {
  for (const id of containerIds) if (!CONTAINER_ID.test(id)) throw new Error(`no id of a container: '${id}'`);
  const end = Date.now() + END_TIMEOUT_MS;
  let left: Left = { processes: await findStuck(containerIds), groups: findLeftGroups(containerIds) };
  // Repeats: a process may have started another before it ended, and a group is free only a moment after its last
  // process.
  for (let rounds = 0; isAny(left); rounds += 1) {
    if (rounds >= LEAST_ROUNDS && Date.now() > end) throw notEnded(left);
    if (isRoot()) await endAsRoot(left);
    else await reap(helper, left);
    await sleep(20);
    left = { processes: findLeftovers(containerIds), groups: findLeftGroups(containerIds) };
  }
}

/** The full id, in Docker and Podman. A shorter string could match other containers. */
const CONTAINER_ID = /^[0-9a-f]{64}$/;

const END_TIMEOUT_MS = 5_000;
const LEAST_ROUNDS = 2;

const isAny = ({ processes, groups }: Left): boolean => processes.length + groups.length > 0;

async function endAsRoot({ processes, groups }: Left): Promise<void> {
  await Promise.all(processes.map(async (process) => await endProcess(process, 0)));
  await removeLeftGroups(groups);
}

function notEnded({ processes, groups }: Left): BottleError {
  const pids = processes.map(({ pid }) => pid).join(' ');
  return processes.length > 0
    ? new BottleError('dependencyMissing', `the engine left processes that do not end: ${pids}`, {
        fix: `sudo kill -9 ${pids}`,
      })
    : new BottleError('dependencyMissing', 'the engine left control groups that cannot be removed', {
        details: groups,
        fix: `sudo rmdir ${groups.join(' ')}`,
      });
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
async function reap(helper: Connection, { processes, groups }: Left): Promise<void> {
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

// Control groups of containers that are gone: a process that is killed while it makes a container may have made its
// groups already, and no program removes them: for example gVisor's `runsc create`, when its caller dies. An empty group
// holds nothing, but is still a trace.

/**
 * The names of groups by the engines' own driver (cgroupfs). systemd removes the groups that it made, except gVisor's
 * on cgroup v1; those are elsewhere, and this code does not look for them.
 */
const namesOf = (containerId: string): readonly string[] => [containerId, `libpod-${containerId}`];

/**
 * The folders of left groups on this host, children before parents. Each is in the group that an engine uses for all of
 * its containers, such as `/docker`.
 */
export function findLeftGroups(containerIds: readonly string[]): readonly string[] {
  if (containerIds.length === 0) return [];
  const names = containerIds.flatMap(namesOf);
  return hierarchies()
    .flatMap(groupsIn)
    .flatMap((parent) => names.map((name) => join(parent, name)))
    .filter((path) => existsSync(path))
    .flatMap(withInner);
}

/** The mount points of the hierarchies of both versions: cgroups(7). */
const hierarchies = (): readonly string[] =>
  parseMountTable(readKernelFile('/proc/self/mountinfo') ?? '')
    .filter(({ type }) => type === 'cgroup' || type === 'cgroup2')
    .map(({ path }) => path);

function groupsIn(group: string): readonly string[] {
  try {
    return readdirSync(group, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => join(group, name));
  } catch {
    return []; // it is gone
  }
}

const withInner = (group: string): readonly string[] => [...groupsIn(group).flatMap(withInner), group];

/** Removes these groups, except those that are not empty or that this user may not remove. */
async function removeLeftGroups(groups: readonly string[]): Promise<void> {
  for (const group of groups) await rmdir(group).catch(() => undefined);
}
