import {
  installAll,
  readOsRelease,
  samePackage,
  type Installable,
  type Packages,
} from '../../host/system/distribution.ts';
import { findSystemProgram } from '../../host/system/programs.ts';

/** What to type on this host to have the programs that a machine is made with. */

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
  // aports, main/dropbear/APKBUILD: a package of its own.
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

/** Those that only some hosts need: `suited.ts` says which. */
const SOMETIMES: readonly MachineProgram[] = ['fakeroot', 'tar', 'lz4'];

/** Every program that a machine is made with on any host, besides the one that runs it. */
const MACHINE_PROGRAMS = (Object.keys(PACKAGES) as MachineProgram[]).filter(
  (program) => !SOMETIMES.includes(program),
);

/** Those with the packages that have them. Pure. */
export const installable = (programs: readonly MachineProgram[]): readonly Installable[] =>
  programs.map((program) => ({ program, packages: PACKAGES[program] }));

/** The command that installs programs on this distribution; `osRelease` is the text of os-release(5). */
export const installCommand = (programs: readonly MachineProgram[], osRelease = readOsRelease()): string =>
  installAll(installable(programs), osRelease);

/** Distributions that have one that is linked to nothing beside another call it so. */
const NAMES: Readonly<Partial<Record<MachineProgram, readonly string[]>>> = {
  busybox: ['busybox.static', 'busybox-static', 'busybox'],
};

/** Its full path on this host, or undefined. */
export const findMachineProgram = (program: MachineProgram): string | undefined =>
  (NAMES[program] ?? [program]).flatMap((name) => findSystemProgram(name) ?? [])[0];

/** Those that are nowhere on this host, of the ones that every host needs and of these. */
export const missingMachinePrograms = (besides: readonly MachineProgram[]): readonly MachineProgram[] =>
  [...MACHINE_PROGRAMS, ...besides].filter((program) => findMachineProgram(program) === undefined);
