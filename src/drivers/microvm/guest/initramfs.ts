import { BottleError } from '../../../errors.ts';
import { cpioOf, type Entry } from './cpio.ts';
import type { LoadedModule } from './modules.ts';
import type { GuestPrograms } from './programs.ts';

/**
 * What a machine begins with: an archive that its kernel unpacks, the same for all bottles of this host, and a small one on a
 * disk, with what is one bottle's own.
 */

export interface CommonParts {
  readonly programs: GuestPrograms;
  readonly modules: readonly LoadedModule[];
  /** The texts of assets/microvm/guest. */
  readonly scripts: Readonly<Record<GuestScript, string>>;
}

/** `init` is the first program; the others lie in `/run/bot-bottle`. */
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

/** What is at hand in the machine's root, in `/run/bot-bottle`. */
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
/** Of the agent's /dev: devices that hold nothing, by their numbers, and links. */
const DEVICES = {
  null: [1, 3],
  zero: [1, 5],
  full: [1, 7],
  random: [1, 8],
  urandom: [1, 9],
  tty: [5, 0],
} as const;
const DEVICE_LINKS = { ptmx: 'pts/ptmx', fd: '/proc/self/fd', stdin: 'fd/0', stdout: 'fd/1', stderr: 'fd/2' };
/** A machine that goes on from a saved one is given its randomness afterwards: `init` loads it then. */
const RANDOM_MODULE = 'virtio_rng';
const EXECUTABLE = 0o755;

/** The archive for all. Pure. */
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
      // The shell of the machine's root, by this name.
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

/** The archive of a machine that is only looked at. Pure. */
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

/** What is one bottle's own. */
export interface OwnParts {
  /** `[a-z0-9-]`. */
  readonly hostName: string;
  readonly address: string;
  readonly gatewayAddress: string;
  readonly netmask: string;
  /** In dropbear's own form. */
  readonly hostKey: Uint8Array;
  /** A line as in authorized_keys(5). */
  readonly authorizedKey: string;
  /** How many processes the agent's user may have, and how many descriptors each of them. */
  readonly processes: number;
  readonly descriptors: number;
  readonly places: readonly GuestPlace[];
  /** What it tries to reach before there is an agent, ADDRESS:PORT: the gateway first, then what must not answer. */
  readonly tried: readonly string[];
  /** Folders that the agent may write to, besides. */
  readonly volumes: readonly string[];
}

/** A mounted file or folder: the number under which the disk of files has it, and where it shows. */
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
    // Of its root alone; disks are mounted in it, and what is under way has its notes in it.
    { kind: 'folder', path: PRIVATE, mode: 0o700 },
    ...PRIVATE_FOLDERS.map((name): Entry => ({ kind: 'folder', path: `${PRIVATE}/${name}` })),
    { kind: 'file', path: `${KEPT}/settings`, content: settings.map((line) => `${line}\n`).join('') },
    { kind: 'file', path: `${KEPT}/places`, content: own.places.map(placeLine).join('') },
    { kind: 'file', path: `${KEPT}/volumes`, content: own.volumes.map((path) => `${path}\n`).join('') },
    { kind: 'file', path: `${KEPT}/host-key`, mode: 0o600, content: own.hostKey },
    // Read as whoever logs in.
    ...['login', 'login/.ssh'].map((path): Entry => ({ kind: 'folder', path: `${KEPT}/${path}` })),
    {
      kind: 'file',
      path: `${KEPT}/login/.ssh/authorized_keys`,
      content: `${own.authorizedKey}\n`,
    },
  ]);
}

/** As assets/microvm/guest/second reads it. @throws Error where the path would be another line to it */
function placeLine({ number, guestPath, readOnly }: GuestPlace): string {
  if (/[\n\\]|^\s|\s$/.test(guestPath))
    throw new Error(`no path for a machine: ${JSON.stringify(guestPath)}`);
  return `${number} ${readOnly ? 'ro' : 'rw'} ${guestPath}\n`;
}

/** QEMU 10 hands an archive of another length over so that the kernel stops at "ACPI: Core revision", without a word. */
const BLOCK_BYTES = 4096;

/** Of every bottle: the disk is of one size, as a machine that was saved knows it. */
const OWN_DISK_BYTES = 1024 ** 2;

/** The archive for one as a disk. Pure. @throws BottleError `rungUnavailable` where it has no room */
export function ownDisk(own: OwnParts): Buffer {
  const archive = ownArchive(own);
  if (archive.length <= OWN_DISK_BYTES) return padded(archive, OWN_DISK_BYTES);
  throw new BottleError('rungUnavailable', 'too much is mounted for a virtual machine', {
    details: [`${archive.length} bytes of names; ${OWN_DISK_BYTES} at most`],
    fix: 'mount fewer folders',
  });
}

/** The disk of a machine that is to be saved: it waits for something else. */
export const noOwnDisk = (): Buffer => Buffer.alloc(OWN_DISK_BYTES);

/** Up to a whole number of these. */
const padded = (bytes: Uint8Array, blockBytes: number): Buffer =>
  Buffer.concat([bytes, Buffer.alloc((blockBytes - (bytes.length % blockBytes)) % blockBytes)]);
