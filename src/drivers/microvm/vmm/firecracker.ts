import { BottleError, REPORT_IT } from '../../../errors.ts';
import { UNSEEDED, bySocket, type Vmm, type VmmStart } from './vmm.ts';
import { installAll, readOsRelease } from '../../../host/system/distribution.ts';
import { awaitApi, callApi, callInOrder } from './api.ts';
import { VM, type Machine, type Disk } from './machine.ts';

/**
 * Firecracker receives a machine's description through its API after its start: its command line, and the requests, in
 * order. For 1.14 to 1.16: the tests check each request against the project's API description, which is beside them.
 */

const SOCKET = 'api.sock';
const ANSWERS_MS = 10_000;
const NO_CONSOLE = '8250.nr_uarts=0';

const [STATE, MEMORY] = ['state', 'memory'];
const savedIn = (dir: string): SavedMachine => ({
  statePath: `${dir}/${STATE}`,
  memoryPath: `${dir}/${MEMORY}`,
});
/** Timeout of a save in milliseconds, which writes all the machine's memory. */
const SAVE_MS = 60_000;

/** No distribution packages Firecracker. */
const INSTALL =
  'put a release of Firecracker (1.14 or newer) into /usr/local/bin: docs/drivers/firecracker.md has the steps';

/** Implements the seam `Vmm`. */
export const FIRECRACKER_VMM: Vmm = {
  programName: 'firecracker',
  install: (others) =>
    others.length === 0 ? INSTALL : `${INSTALL}; then: ${installAll(others, readOsRelease())}`,
  versionIn: (said) => /Firecracker v?(\d+\.\d+\.\d+)/.exec(said)?.[1],
  versionProblem,
  accelerators: ['kvm'],
  startsImages: false,
  shown: (programPath) => [{ hostPath: programPath, path: VM.program, readOnly: true }],
  command: (_machine, { bottleId }) =>
    firecrackerCommand({ programPath: VM.program, id: bottleId, socketPath: `${VM.out}/${SOCKET}` }),
  asked: (machine, start) =>
    requestsFor(machine, start).map(({ method, path, body }) => `${method} ${path} ${JSON.stringify(body)}`),
  boot: async (machine, start, { outDir, ended }) =>
    await bySocket(outDir, SOCKET, async (socketPath) => {
      const version = await awaitApi({ socketPath, ended, timeoutMs: ANSWERS_MS });
      const problem = versionProblem(version);
      if (problem !== undefined)
        throw new BottleError('rungUnavailable', `Firecracker: ${problem}`, { fix: INSTALL });
      await callInOrder(socketPath, requestsFor(machine, start));
    }),
  save: async ({ outDir }) =>
    await bySocket(outDir, SOCKET, async (socketPath) => {
      for (const request of saveRequests(savedIn(VM.out))) await callApi(socketPath, request, SAVE_MS);
    }),
  savedNames: [STATE, MEMORY],
};

function requestsFor(machine: Machine, { purpose }: VmmStart): readonly ApiRequest[] {
  if (purpose === 'resume') return [loadRequest(savedIn(VM.saved))];
  if (purpose !== 'look') return bootRequests(machine);
  const told = KERNEL_ARGUMENTS.map((word) => (word === NO_CONSOLE ? 'console=ttyS0' : word));
  return bootRequests(machine, told);
}

export interface ApiRequest {
  readonly method: 'GET' | 'PUT' | 'PATCH';
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
}

/** As the project recommends for production (docs/prod-host-setup.md), and for a fast start of the kernel. */
export const KERNEL_ARGUMENTS: readonly string[] = [
  'reboot=k', // the only way in which a machine on x86 ends its Firecracker
  'panic=-1',
  '8250.nr_uarts=0', // output on a serial line stops the machine at each byte, and fills the host's memory
  'quiet',
  'loglevel=1',
  'i8042.noaux', // otherwise the kernel waits half a second for a mouse
  'i8042.nomux',
  'i8042.dumbkbd',
  'swiotlb=noforce',
  ...UNSEEDED,
  'cryptomgr.notests',
];

export interface FirecrackerOrder {
  readonly programPath: string;
  /** Characters `[A-Za-z0-9-]`, at most 64. */
  readonly id: string;
  /**
   * Path at which Firecracker makes its socket. It must not exist. At most 107 bytes (unix(7)): with a longer path, the
   * socket never appears.
   */
  readonly socketPath: string;
}

/**
 * Returns the command line. The log goes to standard output. The caller must go on reading it: a line without a reader
 * may block a thread for ever. Pure.
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

/** The interface is equal in all bottles, each of which has a separate network. So a saved machine fits any bottle. */
const GUEST_MAC = '02:00:0a:c8:00:02';
const INTERFACE = 'eth0';

/**
 * Rates at which a machine may use shared resources: generous for an agent, but no flood. The sandbox already limits
 * its CPUs.
 */
const RATES = {
  disk: { bandwidth: perSecond(512 * 1024 ** 2), ops: perSecond(50_000) },
  network: { bandwidth: perSecond(128 * 1024 ** 2), ops: perSecond(100_000) },
  entropy: { bandwidth: perSecond(64 * 1024) },
} as const;

function perSecond(size: number): { readonly size: number; readonly refill_time: number } {
  return { size, refill_time: 1000 };
}

/** Returns the requests that boot the machine, in order. Pure. @throws BottleError `rungUnavailable` */
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
    // Returns memory that the machine has freed to the host, and takes no other memory.
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

/**
 * The machine names the disks `vda`, `vdb` in request order. None is the root device, because the initrd assembles the
 * root.
 */
const diskRequest = ({ path, readOnly }: Disk, index: number): ApiRequest =>
  put(`/drives/disk${index}`, {
    drive_id: `disk${index}`,
    path_on_host: path,
    is_root_device: false,
    is_read_only: readOnly,
    rate_limiter: RATES.disk,
  });

/** Files of a saved machine, as paths that Firecracker sees. */
export interface SavedMachine {
  readonly statePath: string;
  readonly memoryPath: string;
}

/**
 * Returns the requests that save a machine and leave it paused, in order. Copy its disks now, before it resumes or
 * ends. Pure.
 */
export const saveRequests = ({ statePath, memoryPath }: SavedMachine): readonly ApiRequest[] => [
  { method: 'PATCH', path: '/vm', body: { state: 'Paused' } },
  put('/snapshot/create', {
    snapshot_type: 'Full',
    snapshot_path: statePath,
    mem_file_path: memoryPath,
  }),
];

/**
 * Returns the request that resumes a saved machine in a fresh Firecracker. Its disks and interface must have the same
 * names as before, and the memory file must not change while the machine runs. Pure.
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

/** The first version with `free_page_reporting`. */
const LEAST_VERSION = [1, 14] as const;

/** Returns why a Firecracker of this version does not fit these requests. Undefined where it does. Pure. */
export function versionProblem(version: string): string | undefined {
  const [, major = '', minor = ''] = /^v?(\d+)\.(\d+)\./.exec(version) ?? [];
  if (major === '') return `its version is not understood: ${version}`;
  const isOld =
    Number(major) < LEAST_VERSION[0] ||
    (Number(major) === LEAST_VERSION[0] && Number(minor) < LEAST_VERSION[1]);
  return isOld ? `it is ${version}, and ${LEAST_VERSION.join('.')} is needed` : undefined;
}
