import { BottleError, REPORT_IT } from '../../../errors.ts';
import { UNSEEDED } from './kernel-arguments.ts';
import type { Disk, Machine } from './machine.ts';

/**
 * What Firecracker is started with, and what it is then asked, in this order, for a machine. For 1.14 to 1.16: what its project
 * says of its API is beside the tests, and each request is checked against it.
 */

export interface ApiRequest {
  readonly method: 'GET' | 'PUT' | 'PATCH';
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
}

/** As production asks (docs/prod-host-setup.md of its project), and as a kernel starts fast. */
export const KERNEL_ARGUMENTS: readonly string[] = [
  'reboot=k', // the one way in which a machine on x86 ends its Firecracker
  'panic=-1',
  '8250.nr_uarts=0', // what writes to a serial line stops the machine at each byte, and fills the host's memory
  'quiet',
  'loglevel=1',
  'i8042.noaux', // a mouse is waited for half a second
  'i8042.nomux',
  'i8042.dumbkbd',
  'swiotlb=noforce',
  ...UNSEEDED,
  'cryptomgr.notests',
];

export interface FirecrackerOrder {
  readonly programPath: string;
  /** `[A-Za-z0-9-]`, 64 at most. */
  readonly id: string;
  /** Where it makes its socket; nothing may be there. In 107 bytes, unix(7): a longer one shows as a socket that never comes. */
  readonly socketPath: string;
}

/**
 * The command line. Its log goes to standard output, which whoever starts it must go on reading: a line that finds no reader may
 * stop a thread for ever. Pure.
 */
export const firecrackerCommand = ({ programPath, id, socketPath }: FirecrackerOrder): readonly string[] => [
  programPath,
  '--id',
  id,
  '--api-sock',
  socketPath,
  '--level',
  'Error',
];

/** The machine's interface is the same in all bottles, each in a network of its own: so one that was saved fits any. */
const GUEST_MAC = '02:00:0a:c8:00:02';
const INTERFACE = 'eth0';

/** How fast a machine may use what it shares with others: generous for an agent, and no flood. Its processors are the host's that it may run on. */
const RATES = {
  disk: { bandwidth: perSecond(512 * 1024 ** 2), ops: perSecond(50_000) },
  network: { bandwidth: perSecond(128 * 1024 ** 2), ops: perSecond(100_000) },
  entropy: { bandwidth: perSecond(64 * 1024) },
} as const;

function perSecond(size: number): { readonly size: number; readonly refill_time: number } {
  return { size, refill_time: 1000 };
}

/** What is asked, in this order, to have the machine run. Pure. @throws BottleError `rungUnavailable` */
export function bootRequests(
  machine: Machine,
  kernelArguments: readonly string[] = KERNEL_ARGUMENTS,
): readonly ApiRequest[] {
  const { cpus, memoryMib, kernelPath, initrdPath, disks, tapName } = machine;
  const bootArguments = kernelArguments.join(' ');
  refuseBeyond(cpus, { most: 32, what: 'processors of a machine', fix: 'set resources.cpus to 32 or less' });
  refuseBeyond(bootArguments.length, { most: 2048, what: 'characters of kernel arguments', fix: REPORT_IT });
  return [
    put('/machine-config', { vcpu_count: cpus, mem_size_mib: memoryMib, smt: false }),
    put('/boot-source', {
      kernel_image_path: kernelPath,
      initrd_path: initrdPath,
      boot_args: bootArguments,
    }),
    ...disks.map(diskRequest),
    ...(tapName === undefined ? [] : [interfaceRequest(tapName)]),
    // Memory that the machine has freed is the host's again; nothing is taken from it.
    put('/balloon', { amount_mib: 0, deflate_on_oom: true, free_page_reporting: true }),
    put('/entropy', { rate_limiter: RATES.entropy }),
    put('/actions', { action_type: 'InstanceStart' }),
  ];
}

const interfaceRequest = (tapName: string): ApiRequest =>
  put(`/network-interfaces/${INTERFACE}`, {
    iface_id: INTERFACE,
    host_dev_name: tapName,
    guest_mac: GUEST_MAC,
    rx_rate_limiter: RATES.network,
    tx_rate_limiter: RATES.network,
  });

/** In the order in which they are asked for, they are `vda`, `vdb`: none is the root, which the initrd puts together. */
const diskRequest = ({ path, readOnly }: Disk, index: number): ApiRequest =>
  put(`/drives/disk${index}`, {
    drive_id: `disk${index}`,
    path_on_host: path,
    is_root_device: false,
    is_read_only: readOnly,
    rate_limiter: RATES.disk,
  });

/** Where a machine that was saved is: as the Firecracker sees it. */
export interface SavedMachine {
  readonly statePath: string;
  readonly memoryPath: string;
}

/** Asked in this order they leave it saved, and standing still: its disks are copied now, before it goes on or is ended. Pure. */
export const saveRequests = ({ statePath, memoryPath }: SavedMachine): readonly ApiRequest[] => [
  { method: 'PATCH', path: '/vm', body: { state: 'Paused' } },
  put('/snapshot/create', {
    snapshot_type: 'Full',
    snapshot_path: statePath,
    mem_file_path: memoryPath,
  }),
];

/**
 * Asked of one that was asked nothing yet: the machine goes on. Its disks and its interface are where they were, by the same
 * names; the memory's file must stay as it is for as long as the machine runs. Pure.
 */
export const loadRequest = ({ statePath, memoryPath }: SavedMachine): ApiRequest =>
  put('/snapshot/load', {
    snapshot_path: statePath,
    mem_backend: { backend_type: 'File', backend_path: memoryPath },
    resume_vm: true,
  });

function put(path: string, body: Readonly<Record<string, unknown>>): ApiRequest {
  return { method: 'PUT', path, body };
}

interface Bound {
  readonly most: number;
  readonly what: string;
  readonly fix: string;
}

function refuseBeyond(count: number, { most, what, fix }: Bound): void {
  if (count <= most) return;
  const message = `Firecracker takes ${most} ${what} at most, and not ${count}`;
  throw new BottleError('rungUnavailable', message, { fix });
}

/** `free_page_reporting` came with it. */
const LEAST_VERSION = [1, 14] as const;

/** Why a Firecracker of this version is none that is asked these things; undefined where it is one. Pure. */
export function versionProblem(version: string): string | undefined {
  const [, major = '', minor = ''] = /^v?(\d+)\.(\d+)\./.exec(version) ?? [];
  if (major === '') return `its version is not understood: ${version}`;
  const isOld =
    Number(major) < LEAST_VERSION[0] ||
    (Number(major) === LEAST_VERSION[0] && Number(minor) < LEAST_VERSION[1]);
  return isOld ? `it is ${version}, and ${LEAST_VERSION.join('.')} is needed` : undefined;
}
