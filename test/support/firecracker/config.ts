import { accessSync, closeSync, constants, openSync, readFileSync, readSync } from 'node:fs';

/** The settings that the stand-in for Firecracker has received, by the names of `GET /vm/config`, and their checks. */

export interface VmConfig {
  'machine-config': MachineConfig;
  'boot-source'?: BootSource;
  drives: Drive[];
  'network-interfaces': NetworkInterface[];
  balloon?: object;
  entropy?: object;
  logger?: object;
  metrics?: object;
}

export interface MachineConfig {
  readonly vcpu_count: number;
  readonly mem_size_mib: number;
  readonly smt?: boolean;
}

export interface BootSource {
  readonly kernel_image_path: string;
  readonly initrd_path?: string;
  readonly boot_args?: string;
}

export interface Drive {
  readonly drive_id: string;
  readonly is_root_device: boolean;
  readonly is_read_only?: boolean;
  readonly path_on_host?: string;
  readonly socket?: string;
}

export interface NetworkInterface {
  readonly iface_id: string;
  readonly host_dev_name: string;
  readonly guest_mac?: string;
}

/** A refused request, in words: an answer 400. */
export class Fault extends Error {
  override readonly name = 'Fault';
}

/** Returns Firecracker's settings before any request. */
export const freshConfig = (): VmConfig => ({
  'machine-config': { vcpu_count: 1, mem_size_mib: 128, smt: false },
  drives: [],
  'network-interfaces': [],
});

/** @throws Fault */
export function checkMachine({
  vcpu_count: cpus,
  mem_size_mib: memoryMib,
  smt = false,
}: MachineConfig): void {
  if (memoryMib <= 0) throw new Fault('Machine config error: The memory size (MiB) is invalid.');
  if (smt && cpus > 1 && cpus % 2 === 1) throw new Fault('Machine config error: The vCPU number is invalid!');
}

const MOST_BOOT_ARGUMENTS = 2048;

/** @throws Fault */
export function checkBootSource(source: BootSource): void {
  openable(source.kernel_image_path, 'Boot source error: The kernel file cannot be opened');
  if (source.initrd_path !== undefined)
    openable(
      source.initrd_path,
      'Boot source error: The initrd file cannot be opened due to invalid path or invalid permissions',
    );
  if ((source.boot_args ?? '').length > MOST_BOOT_ARGUMENTS)
    throw new Fault('Boot source error: The kernel command line is invalid: Command line string overflows');
}

/** @throws Fault */
export function checkDrive(drive: Drive, others: readonly Drive[]): void {
  const { path_on_host: path, is_read_only: isReadOnly, is_root_device: isRoot } = drive;
  if (path === undefined || isReadOnly === undefined || drive.socket !== undefined)
    throw new Fault(
      'the stand-in has disks that are files only: path_on_host and is_read_only, and no socket',
    );
  if (isRoot && others.some((other) => other.is_root_device))
    throw new Fault('Drive config error: A root block device already exists!');
  const what =
    'Drive config error: Unable to create the virtio block device: Error manipulating the backing file';
  openable(path, what, isReadOnly ? constants.R_OK : constants.R_OK | constants.W_OK);
}

/** @throws Fault */
export function checkInterface(own: NetworkInterface, others: readonly NetworkInterface[]): void {
  const { guest_mac: mac, host_dev_name: name } = own;
  if (mac !== undefined && !/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(mac))
    throw new Fault(`An error occurred when deserializing the json body of a request: invalid MAC ${mac}.`);
  if (mac !== undefined && others.some((other) => other.guest_mac === mac))
    throw new Fault(`Network config error: The MAC address is already in use: ${mac}`);
  // Firecracker opens the device now. If permitted, it creates a missing one, which carries nothing.
  const lines = readFileSync('/proc/net/dev', 'latin1').split('\n');
  if (!lines.some((line) => line.trimStart().startsWith(`${name}:`)))
    throw new Fault(
      `Network config error: Could not create the network device: Open tap device failed: ${name}`,
    );
}

/** Checks what Firecracker checks when it starts the machine. @throws Fault */
export function checkStart(config: VmConfig): BootSource {
  const source = config['boot-source'];
  if (source === undefined)
    throw new Fault('Start microvm error: Cannot start microvm without kernel configuration.');
  const magic = Buffer.alloc(4);
  const file = openSync(source.kernel_image_path, 'r');
  readSync(file, magic);
  closeSync(file);
  if (magic.toString('latin1') !== '\x7fELF')
    throw new Fault(
      'Start microvm error: Cannot load kernel due to invalid memory configuration or invalid kernel image: Invalid Elf magic number',
    );
  return source;
}

function openable(path: string, what: string, mode: number = constants.R_OK): void {
  try {
    accessSync(path, mode);
  } catch (error) {
    throw new Fault(`${what}: ${(error as Error).message}`, { cause: error });
  }
}
