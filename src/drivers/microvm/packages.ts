import {
  installAll,
  readOsRelease,
  samePackage,
  type Installable,
  type Packages,
} from '../../host/system/distribution.ts';
import { findSystemProgram } from '../../host/system/programs.ts';

/** Packages of the programs that make a machine, and the command that installs them on this host. */

const PACKAGES = {
  bwrap: samePackage('bubblewrap'),
  perl: samePackage('perl'),
  prlimit: samePackage('util-linux'),
  setpriv: samePackage('util-linux'),
  env: samePackage('coreutils'),
  ssh: { ...samePackage('openssh'), apt: 'openssh-client', dnf: 'openssh-clients' },
  'ssh-keygen': { ...samePackage('openssh'), apt: 'openssh-client', dnf: 'openssh' },
  taskset: samePackage('util-linux'),
  debugfs: { ...samePackage('e2fsprogs'), apk: 'e2fsprogs-extra' },
  dropbear: { ...samePackage('dropbear'), apt: 'dropbear-bin' },
  // aports, main/dropbear/APKBUILD: a separate package.
  dropbearconvert: { ...samePackage('dropbear'), apt: 'dropbear-bin', apk: 'dropbear-convert' },
  busybox: {
    ...samePackage('busybox'),
    apt: 'busybox-static',
    apk: 'busybox-static', // aports, main/busybox/APKBUILD: bin/busybox.static
    zypper: 'busybox-static',
    nix: 'pkgsStatic.busybox',
  },
  'mkfs.erofs': samePackage('erofs-utils'),
  mke2fs: samePackage('e2fsprogs'),
  fakeroot: samePackage('fakeroot'),
  tar: samePackage('tar'),
  lz4: samePackage('lz4'),
} as const satisfies Readonly<Record<string, Packages>>;

export type MachineProgram = keyof typeof PACKAGES;

/** Programs that only some hosts need. `suited.ts` decides. */
const SOMETIMES: readonly MachineProgram[] = ['fakeroot', 'tar', 'lz4'];

/** All programs that every host needs to make a machine, besides the VMM. */
const MACHINE_PROGRAMS = (Object.keys(PACKAGES) as MachineProgram[]).filter(
  (program) => !SOMETIMES.includes(program),
);

/** Returns the programs with their packages. Pure. */
export const installable = (programs: readonly MachineProgram[]): readonly Installable[] =>
  programs.map((program) => ({ program, packages: PACKAGES[program] }));

/** Returns the command that installs programs on this distribution. `osRelease` is the text of os-release(5). */
export const installCommand = (programs: readonly MachineProgram[], osRelease = readOsRelease()): string =>
  installAll(installable(programs), osRelease);

/** Names that distributions give a static busybox beside a dynamic one. */
const NAMES: Readonly<Partial<Record<MachineProgram, readonly string[]>>> = {
  busybox: ['busybox.static', 'busybox-static', 'busybox'],
};

/** Returns the program's full path on this host, or undefined. */
export const findMachineProgram = (program: MachineProgram): string | undefined =>
  (NAMES[program] ?? [program]).flatMap((name) => findSystemProgram(name) ?? [])[0];

/** Returns the missing programs among those that every host needs and `besides`. */
export const missingMachinePrograms = (besides: readonly MachineProgram[]): readonly MachineProgram[] =>
  [...MACHINE_PROGRAMS, ...besides].filter((program) => findMachineProgram(program) === undefined);
