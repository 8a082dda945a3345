import { BottleError } from '../../../errors.ts';
import { cpioOf, type Entry } from './cpio.ts';
import type { LoadedModule } from './kernel/modules.ts';
import type { GuestPrograms } from './programs.ts';

/**
 * Makes what a machine starts with: an archive that its kernel unpacks, the same for all bottles of this host, and a
 * small archive on a disk, specific to one bottle.
 */

export interface CommonParts {
  readonly programs: GuestPrograms;
  readonly modules: readonly LoadedModule[];
  /** Contents of the files in assets/microvm/guest. */
  readonly scripts: Readonly<Record<GuestScript, string>>;
}

/** `init` is the first program. The others are in `/run/bot-bottle`, except `look`. */
export const GUEST_SCRIPTS = [
  'init',
  'second',
  'program',
  'as-agent',
  'check',
  'checked',
  'reach',
  'signal',
  'bring-out',
  'look',
] as const;
export type GuestScript = (typeof GUEST_SCRIPTS)[number];

/** The folder that `init` copies to `/run/bot-bottle` of the machine. */
const KEPT = 'bot-bottle';
const FOLDERS = [
  'bin',
  'dev',
  'proc',
  'sys',
  'run',
  'base',
  'scratch',
  'root',
  'modules',
  KEPT,
  `${KEPT}/lib`,
];
const APPLETS = 'sh mount insmod mkdir rm cp cpio dd head od reboot sleep sync switch_root'.split(' ');
/** The agent's /dev: device numbers of stateless devices, and links. */
const DEVICES = {
  null: [1, 3],
  zero: [1, 5],
  full: [1, 7],
  random: [1, 8],
  urandom: [1, 9],
  tty: [5, 0],
} as const;
const DEVICE_LINKS = { ptmx: 'pts/ptmx', fd: '/proc/self/fd', stdin: 'fd/0', stdout: 'fd/1', stderr: 'fd/2' };
/** `init` loads this module itself, because a resumed machine gets its randomness only after the resume. */
const RANDOM_MODULE = 'virtio_rng';
const EXECUTABLE = 0o755;

/** Returns the archive that all bottles share. Pure. */
export function commonArchive({ programs, modules, scripts }: CommonParts): Buffer {
  const { init, look: _look, ...kept } = scripts;
  const early = modules.filter(({ name }) => name !== RANDOM_MODULE);
  const program = (path: string, content: Uint8Array | string): Entry => ({
    kind: 'file',
    path,
    mode: EXECUTABLE,
    content,
  });
  return padded(
    cpioOf([
      ...FOLDERS.map((path): Entry => ({ kind: 'folder', path })),
      program('init', init),
      program('bin/busybox', programs.busybox),
      ...APPLETS.map((applet): Entry => ({ kind: 'link', path: `bin/${applet}`, target: 'busybox' })),
      ...modules.map(({ name, content }): Entry => ({ kind: 'file', path: `modules/${name}.ko`, content })),
      { kind: 'file', path: 'modules/order', content: early.map(({ name }) => `${name}\n`).join('') },
      program(`${KEPT}/busybox`, programs.busybox),
      // Makes the shell of the machine's root available as `sh`.
      { kind: 'link', path: `${KEPT}/sh`, target: 'busybox' },
      ...Object.entries(kept).map(([name, text]) => program(`${KEPT}/${name}`, text)),
      program(`${KEPT}/dropbear`, programs.dropbear),
      program(`${KEPT}/setpriv`, programs.setpriv),
      program(`${KEPT}/env`, programs.env),
      program(`${KEPT}/ld.so`, programs.loader),
      ...agentDevices(`${KEPT}/dev`),
      ...Object.entries(programs.libraries).map(([name, content]) => program(`${KEPT}/lib/${name}`, content)),
    ]),
    BLOCK_BYTES,
  );
}

const agentDevices = (dir: string): readonly Entry[] => [
  ...['', '/pts', '/shm'].map((path): Entry => ({ kind: 'folder', path: `${dir}${path}` })),
  ...Object.entries(DEVICES).map(([name, [major, minor]]): Entry => ({
    kind: 'device',
    path: `${dir}/${name}`,
    major,
    minor,
  })),
  ...Object.entries(DEVICE_LINKS).map(([name, target]): Entry => ({
    kind: 'link',
    path: `${dir}/${name}`,
    target,
  })),
];

/** Returns the archive of a machine that only runs a check. Pure. */
export const lookArchive = (busybox: Uint8Array, look: string): Buffer =>
  padded(
    cpioOf([
      ...['bin', 'dev', 'proc'].map((path): Entry => ({ kind: 'folder', path })),
      { kind: 'file', path: 'init', mode: EXECUTABLE, content: look },
      { kind: 'file', path: 'bin/busybox', mode: EXECUTABLE, content: busybox },
      { kind: 'link', path: 'bin/sh', target: 'busybox' },
    ]),
    BLOCK_BYTES,
  );

/** Settings of one bottle. */
export interface OwnParts {
  /** Allowed characters: `[a-z0-9-]`. */
  readonly hostName: string;
  readonly address: string;
  readonly gatewayAddress: string;
  readonly netmask: string;
  /** The machine's private key, in dropbear's format. */
  readonly hostKey: Uint8Array;
  /** A line as in authorized_keys(5). */
  readonly authorizedKey: string;
  /** Upper bounds: processes of the agent's user, and descriptors of each process. */
  readonly processes: number;
  readonly descriptors: number;
  readonly places: readonly GuestPlace[];
  /**
   * ADDRESS:PORT of each place that the machine tries to reach before the agent runs: first the gateway, then places
   * that must not answer.
   */
  readonly tried: readonly string[];
  /** Further folders that the agent may write to. */
  readonly volumes: readonly string[];
}

/** A mounted file or folder: its number on the disk of files, and its path in the guest. */
export interface GuestPlace {
  readonly number: number;
  readonly guestPath: string;
  readonly readOnly: boolean;
}

const PRIVATE = `${KEPT}/private`;
const PRIVATE_FOLDERS = ['scratch', 'files', 'work', 'programs', 'sessions'];

function ownArchive(own: OwnParts): Buffer {
  const { hostName, address, gatewayAddress, netmask, processes, descriptors } = own;
  const settings = [hostName, address, gatewayAddress, netmask, processes, descriptors, own.tried.join(' ')];
  return cpioOf([
    { kind: 'folder', path: KEPT },
    // Only the machine's root may enter. Holds mounted disks and notes about running programs.
    { kind: 'folder', path: PRIVATE, mode: 0o700 },
    ...PRIVATE_FOLDERS.map((name): Entry => ({ kind: 'folder', path: `${PRIVATE}/${name}` })),
    { kind: 'file', path: `${KEPT}/settings`, content: settings.map((line) => `${line}\n`).join('') },
    { kind: 'file', path: `${KEPT}/places`, content: own.places.map(placeLine).join('') },
    { kind: 'file', path: `${KEPT}/volumes`, content: own.volumes.map((path) => `${path}\n`).join('') },
    { kind: 'file', path: `${KEPT}/host-key`, mode: 0o600, content: own.hostKey },
    // The SSH server reads it as the user that logs in.
    ...['login', 'login/.ssh'].map((path): Entry => ({ kind: 'folder', path: `${KEPT}/${path}` })),
    {
      kind: 'file',
      path: `${KEPT}/login/.ssh/authorized_keys`,
      content: `${own.authorizedKey}\n`,
    },
  ]);
}

/** Returns a line for assets/microvm/guest/second. @throws Error where the script would read a different path */
function placeLine({ number, guestPath, readOnly }: GuestPlace): string {
  if (/[\n\\]|^\s|\s$/.test(guestPath))
    throw new Error(`no path for a machine: ${JSON.stringify(guestPath)}`);
  return `${number} ${readOnly ? 'ro' : 'rw'} ${guestPath}\n`;
}

/**
 * QEMU 10 passes on an archive of another length such that the kernel stops at "ACPI: Core revision" without a message.
 */
const BLOCK_BYTES = 4096;

/** One size for every bottle, because a saved machine fits only disks of the same size. */
const OWN_DISK_BYTES = 1024 ** 2;

/**
 * Returns the disk with one bottle's archive. Pure.
 * @throws BottleError `rungUnavailable` where the archive does not fit
 */
export function ownDisk(own: OwnParts): Buffer {
  const archive = ownArchive(own);
  if (archive.length <= OWN_DISK_BYTES) return padded(archive, OWN_DISK_BYTES);
  throw new BottleError('rungUnavailable', 'too much is mounted for a virtual machine', {
    details: [`${archive.length} bytes of names; ${OWN_DISK_BYTES} at most`],
    fix: 'mount fewer folders',
  });
}

/** Returns the empty disk of a machine to save, which waits until the disk has a bottle's archive. */
export const noOwnDisk = (): Buffer => Buffer.alloc(OWN_DISK_BYTES);

/** Pads to a multiple of the block size. */
const padded = (bytes: Uint8Array, blockBytes: number): Buffer =>
  Buffer.concat([bytes, Buffer.alloc((blockBytes - (bytes.length % blockBytes)) % blockBytes)]);
