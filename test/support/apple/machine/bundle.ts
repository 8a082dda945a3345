import { cpus } from 'node:os';
import { statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { hasFault, isAtLeast, type Settings } from '../settings.ts';
import {
  isTmpfs,
  type Configuration,
  type Mount,
  type ProcessConfiguration,
} from '../store/configuration.ts';
import { socketsIn } from './hidden-sockets.ts';
import { findInit } from './root.ts';
import { capabilitiesFor, ociProcess } from './process.ts';

/** The machine of a container: what an OCI runtime of this host is told, so that inside it is as Apple's guest is. */

export interface Bundle {
  readonly configuration: Configuration;
  readonly settings: Settings;
  /** Where its root shows on this host. */
  readonly rootPath: string;
  /** Listening sockets of ours that stand for host sockets, by their places in the guest. */
  readonly sockets: Readonly<Record<string, string>>;
  /** What gives it its networks; without any it has nothing but a loopback. */
  readonly networkHooks: readonly object[];
  /** Where the OCI runtime writes what it has begun, when the first process runs. */
  readonly startedPath: string;
}

/** Where a guest of the stand-in shows what the real one's kernel holds for a single file: the whole of the file's folder. */
export const HELD_FILES = '/.file-mounts';
const SHARES_FOLDERS_SINCE = '0.12.0';

const OWN_MOUNTS = [
  { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'noexec', 'nodev'] },
  { destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'noexec', 'nodev', 'ro'] },
  {
    destination: '/dev',
    type: 'tmpfs',
    source: 'tmpfs',
    options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
  },
  {
    destination: '/dev/pts',
    type: 'devpts',
    source: 'devpts',
    options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'],
  },
  { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: ['nosuid', 'noexec', 'nodev'] },
] as const;
const SHM_BYTES = 64 * 2 ** 20;
const MASKED = [
  '/proc/asound',
  '/proc/acpi',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
];
const READ_ONLY = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];
const NAMESPACES = ['pid', 'mount', 'ipc', 'uts', 'cgroup', 'network'];

/** The whole configuration, for a `config.json`. */
export function ociConfiguration(bundle: Bundle): object {
  const { configuration, settings, rootPath, networkHooks, startedPath } = bundle;
  const capabilities = capabilitiesFor(configuration, settings);
  return {
    ociVersion: '1.0.2',
    process: ociProcess(firstProcess(configuration), capabilities, rootPath),
    root: { path: rootPath, readonly: configuration.readOnly && !hasFault(settings, 'root-stays-writable') },
    hostname: configuration.id,
    mounts: mountsOf(bundle),
    hooks: {
      prestart: networkHooks,
      poststart: [
        { path: '/bin/sh', args: ['sh', '-c', 'cat >"$0.half" && mv "$0.half" "$0"', startedPath] },
      ],
    },
    linux: {
      cgroupsPath: `/apple-stand-in-${configuration.id}`,
      namespaces: NAMESPACES.map((type) => ({ type })),
      resources: {
        devices: [{ allow: false, access: 'rwm' }],
        ...(hasFault(settings, 'forgets-resources') ? {} : limitsOf(configuration, settings)),
      },
      maskedPaths: [...MASKED, ...configuration.maskedPaths],
      readonlyPaths: [...READ_ONLY, ...configuration.readonlyPaths],
    },
  };
}

/** Where the small init of `--init` shows in a guest: containerization LinuxContainer.swift. */
const INIT = '/.cz-init';

function firstProcess({ initProcess, useInit }: Configuration): ProcessConfiguration {
  if (!useInit) return initProcess;
  return {
    ...initProcess,
    executable: INIT,
    arguments: ['--', initProcess.executable, ...initProcess.arguments],
  };
}

const PERIOD_US = 100_000;

/** As vminitd bounds it; a machine of 1.0 and later has one processor more than its container may use, where this host has it. */
const limitsOf = ({ resources }: Configuration, { version }: Settings): object => ({
  memory: { limit: resources.memoryInBytes, swap: resources.memoryInBytes },
  cpu: {
    quota: resources.cpus * PERIOD_US,
    period: PERIOD_US,
    cpus: `0-${Math.min(resources.cpus + (isAtLeast(version, '1.0.0') ? 1 : 0), cpus().length) - 1}`,
  },
});

function mountsOf({ configuration, settings, sockets }: Bundle): object[] {
  const dropped = settings.faults.filter(({ name }) => name === 'drops-a-mount').map(({ at }) => at);
  const wanted = configuration.mounts.filter(({ destination }) => !dropped.includes(destination));
  const shm = {
    destination: '/dev/shm',
    type: 'tmpfs',
    source: 'shm',
    options: ['nosuid', 'noexec', 'nodev', 'mode=1777', `size=${configuration.shmSize ?? SHM_BYTES}`],
  };
  return [
    ...OWN_MOUNTS,
    shm,
    ...(configuration.useInit ? [bind(findInit(), INIT, ['ro'])] : []),
    ...wanted
      .filter((mount) => sockets[mount.destination] === undefined)
      .flatMap((mount) => mountOf(mount, settings)),
    ...Object.entries(sockets).map(([destination, source]) => bind(source, destination, [])),
  ];
}

const bind = (source: string, destination: string, options: readonly string[]): object => ({
  destination,
  type: 'bind',
  source,
  options: ['bind', ...options],
});

function mountOf(mount: Mount, settings: Settings): object[] {
  const { source, destination, options } = mount;
  if (isTmpfs(mount))
    return [{ destination, type: 'tmpfs', source: 'tmpfs', options: ['mode=1777', ...options] }];
  const own = bind(source, destination, options);
  const isFile = statSync(source).isFile();
  if (!isFile) return [own, ...socketsIn(mount).map((place) => bind('/dev/null', place, []))];
  if (!isAtLeast(settings.version, SHARES_FOLDERS_SINCE)) return [own];
  return [own, bind(dirname(source), `${HELD_FILES}/${basename(source)}`, options)];
}
