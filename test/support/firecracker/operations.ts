import { readFileSync, writeFileSync } from 'node:fs';
import {
  checkBootSource,
  checkDrive,
  checkInterface,
  checkMachine,
  Fault,
  freshConfig,
  type BootSource,
  type Drive,
  type MachineConfig,
  type NetworkInterface,
  type VmConfig,
} from './config.ts';
import type { Beginning, Machine } from './machine.ts';

/** The stand-in's operations by request, and when Firecracker allows each (its rpc_interface.rs). */

export interface Vmm {
  readonly id: string;
  readonly version: string;
  config: VmConfig;
  /** A request has set, or tried to set, a part of the machine: after that a snapshot cannot be loaded. */
  hasBootPath: boolean;
  /** Set from `InstanceStart`, or a load, on. */
  machine: Machine | undefined;
  isPaused: boolean;
  readonly start: (config: VmConfig, beginning: Beginning) => Promise<Machine>;
}

/** The body fits the published description. */
export interface Operation {
  readonly when: 'before the start' | 'after the start' | 'always';
  readonly run: (vmm: Vmm, body: unknown) => unknown;
}

const always = (run: Operation['run']): Operation => ({ when: 'always', run });
const sets = (set: (config: VmConfig, body: unknown) => void): Operation => ({
  when: 'before the start',
  run: (vmm, body) => {
    vmm.hasBootPath = true;
    set(vmm.config, body);
  },
});
const once = (name: 'logger' | 'metrics'): Operation => ({
  when: 'before the start',
  run: ({ config }, body) => {
    if (config[name] !== undefined) throw new Fault(`the ${name} is already there`);
    config[name] = body as object;
  },
});

/** By method and path, as in the description. The stand-in lacks operations that are not here. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  'GET /': always(({ id, version, machine, isPaused }) => ({
    app_name: 'Firecracker',
    id,
    state: machine === undefined ? 'Not started' : isPaused ? 'Paused' : 'Running',
    vmm_version: version,
  })),
  'GET /version': always(({ version }) => ({ firecracker_version: version })),
  'GET /vm/config': always(({ config }) => config),
  'GET /machine-config': always(({ config }) => config['machine-config']),
  'PUT /logger': once('logger'),
  'PUT /metrics': once('metrics'),
  'PUT /machine-config': sets((config, body) => {
    checkMachine(body as MachineConfig);
    config['machine-config'] = body as MachineConfig;
  }),
  'PUT /boot-source': sets((config, body) => {
    checkBootSource(body as BootSource);
    config['boot-source'] = body as BootSource;
  }),
  'PUT /drives': sets((config, body) => {
    const drive = body as Drive;
    checkDrive(
      drive,
      othersOf(config.drives, ({ drive_id: id }) => id === drive.drive_id),
    );
    config.drives = replaced(config.drives, drive, ({ drive_id: id }) => id === drive.drive_id);
  }),
  'PUT /network-interfaces': sets((config, body) => {
    const own = body as NetworkInterface;
    const isOwn = ({ iface_id: id }: NetworkInterface): boolean => id === own.iface_id;
    checkInterface(own, othersOf(config['network-interfaces'], isOwn));
    config['network-interfaces'] = replaced(config['network-interfaces'], own, isOwn);
  }),
  'PUT /balloon': sets((config, body) => {
    config.balloon = body as object;
  }),
  'PUT /entropy': sets((config, body) => {
    config.entropy = body as object;
  }),
  'PUT /actions InstanceStart': {
    when: 'before the start',
    run: async (vmm) => {
      vmm.machine = await vmm.start(vmm.config, 'kernel');
    },
  },
  'PUT /actions SendCtrlAltDel': {
    when: 'after the start',
    run: async (vmm) => await vmm.machine?.restart(),
  },
  'PATCH /vm': {
    when: 'after the start',
    run: async (vmm, body) => {
      const { state } = body as { readonly state: string };
      const isPaused = state === 'Paused';
      await (isPaused ? vmm.machine?.pause() : vmm.machine?.resume());
      vmm.isPaused = isPaused;
    },
  },
  'PUT /snapshot/create': { when: 'after the start', run: save },
  'PUT /snapshot/load': { when: 'before the start', run: load },
};

const othersOf = <T>(all: readonly T[], isOwn: (one: T) => boolean): readonly T[] =>
  all.filter((one) => !isOwn(one));

/** Keeps the place of an entry that was there before. */
const replaced = <T>(all: readonly T[], own: T, isOwn: (one: T) => boolean): T[] =>
  all.some(isOwn) ? all.map((one) => (isOwn(one) ? own : one)) : [...all, own];

/** Stored beside the memory: QEMU's file has the state of the devices, but not which devices they are. */
interface SavedState {
  readonly version: string;
  readonly config: VmConfig;
}

async function save(vmm: Vmm, body: unknown): Promise<void> {
  const {
    snapshot_path: statePath,
    mem_file_path: memoryPath,
    snapshot_type: type = 'Full',
  } = body as {
    readonly snapshot_path: string;
    readonly mem_file_path: string;
    readonly snapshot_type?: string;
  };
  if (type !== 'Full') throw new Fault('the stand-in saves all of a machine only');
  if (!vmm.isPaused)
    throw new Fault('Create snapshot error: Cannot save the microVM state: it is not paused');
  await vmm.machine?.save(memoryPath);
  const state: SavedState = { version: vmm.version, config: vmm.config };
  writeFileSync(statePath, JSON.stringify(state));
}

interface LoadBody {
  readonly snapshot_path: string;
  readonly mem_file_path?: string;
  readonly mem_backend?: { readonly backend_type: string; readonly backend_path: string };
  readonly resume_vm?: boolean;
  readonly network_overrides?: readonly { readonly iface_id: string; readonly host_dev_name: string }[];
}

/** After a failed load the process is of no use to Firecracker either: it ends. */
export class LoadFault extends Fault {}

async function load(vmm: Vmm, body: unknown): Promise<void> {
  const {
    snapshot_path: statePath,
    mem_backend: backend,
    mem_file_path: oldPath,
    ...rest
  } = body as LoadBody;
  if ((backend === undefined) === (oldPath === undefined))
    throw new Fault(
      'An error occurred when deserializing the json body of a request: either `mem_backend` or `mem_file_path` exclusively is required.',
    );
  if (backend?.backend_type === 'Uffd') throw new Fault('the stand-in loads memory from a file only');
  if (vmm.hasBootPath)
    throw new Fault(
      'Load snapshot error: Loading a microVM snapshot not allowed after configuring boot-specific resources.',
    );
  try {
    const { version, config } = JSON.parse(readFileSync(statePath, 'utf8')) as SavedState;
    if (version !== vmm.version) throw new Error(`it was saved by ${version}`);
    const names = new Map(rest.network_overrides?.map(({ iface_id: id, host_dev_name: name }) => [id, name]));
    const interfaces = config['network-interfaces'].map((one) => ({
      ...one,
      host_dev_name: names.get(one.iface_id) ?? one.host_dev_name,
    }));
    vmm.config = { ...freshConfig(), ...config, 'network-interfaces': interfaces };
    vmm.machine = await vmm.start(vmm.config, { memoryPath: backend?.backend_path ?? oldPath ?? '' });
    vmm.isPaused = rest.resume_vm !== true;
    if (!vmm.isPaused) await vmm.machine.resume();
  } catch (cause) {
    throw new LoadFault(`Load snapshot error: Failed to restore from snapshot: ${(cause as Error).message}`, {
      cause,
    });
  }
}
