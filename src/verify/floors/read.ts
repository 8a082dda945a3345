import { realpathSync } from 'node:fs';
import { release, version as kernelBuild } from 'node:os';
import { findProgram } from '../../host/system/programs.ts';
import type { Boundary, RungCheck, Rung } from '../../drivers/driver.ts';
import { run } from '../../host/run.ts';
import { PROGRAMS, type Program } from './row.ts';
import { compareVersions, parseVersion, isSourceBuild, withFeatures } from './version.ts';

/** Reads, on this host, the versions of the programs that make up a rung's boundary. */

const LOOK_TIMEOUT_MS = 5_000;

/**
 * The table entry by which the host's kernel is judged. A kernel in user space does not pass on the system calls that
 * the table's vulnerabilities need. The table's KVM vulnerabilities affect x86 only.
 */
const KERNEL_AS: Readonly<Record<Boundary, Program | undefined>> = {
  'shared-kernel': 'kernel',
  'user-kernel': undefined,
  vm: process.arch === 'x64' ? 'kvm' : undefined,
};

/** Programs that an engine includes and that are neither an engine nor a runtime of a rung. */
const COMPANIONS: Readonly<Record<string, readonly Program[]>> = { docker: ['containerd'] };

/** Keys of a check's evidence that differ from the program's name. */
const EVIDENCE_KEYS: Readonly<Partial<Record<Program, string>>> = { bubblewrap: 'bwrap', kvm: 'kernel' };

/** The executables whose `--version` and package are read; the program's name by default. */
const FILES: Readonly<Partial<Record<Program, readonly string[]>>> = {
  bubblewrap: ['bwrap'],
  docker: ['dockerd', 'docker'],
  kata: ['kata-runtime', 'containerd-shim-kata-v2'],
  qemu: [process.arch === 'arm64' ? 'qemu-system-aarch64' : 'qemu-system-x86_64'],
};

/** Returns the programs of the table on which a rung's boundary depends. */
export function programsOf({ engine, runtime, boundary }: Rung): Program[] {
  const names = [engine, runtime, ...(COMPANIONS[engine] ?? []), KERNEL_AS[boundary]];
  return PROGRAMS.filter((program) => names.includes(program));
}

/**
 * Returns the versions for `judgeFloors`, by program. Uses the evidence of the rung's check, or else asks the program;
 * an empty text means that neither has a version. The distribution's package manager adds its revision.
 */
export async function readFloors(
  { rung, evidence }: RungCheck,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const readings = programsOf(rung).map(async (program) => {
    const found = foundOf(program, { rung, evidence });
    const isKernel = program === KERNEL_AS[rung.boundary];
    return [program, isKernel ? kernelText(found) : await programText({ program, found, signal })] as const;
  });
  return Object.fromEntries(await Promise.all(readings));
}

/**
 * Returns the version text of a program in a check's evidence; an engine also reports the version of its runtime. Pure.
 */
export function foundOf(
  program: Program,
  { rung, evidence }: Pick<RungCheck, 'rung' | 'evidence'>,
): string | undefined {
  const key = EVIDENCE_KEYS[program] ?? program;
  const ofRuntime = program === rung.runtime ? known(evidence['runtimeVersion']) : undefined;
  return known(evidence[key]) ?? ofRuntime;
}

const known = (text: string | undefined): string | undefined =>
  text === undefined || text.trim() === '' || text === 'unknown' ? undefined : text;

/**
 * Debian's older kernels name only the branch (6.1.0-28-amd64), and the release in uname(1) -v. An engine in a virtual
 * machine reports another kernel than this host's.
 */
const kernelText = (found: string | undefined): string =>
  found === undefined || found === release() ? withKernelBuild(release(), kernelBuild()) : found;

/** Returns a kernel's version from both texts of uname. Pure. */
export const withKernelBuild = (name: string, build: string): string =>
  /\bDebian (\d\S*)/.exec(build)?.[1] ?? name;

interface Look {
  readonly program: Program;
  readonly found: string | undefined;
  readonly signal: AbortSignal;
}

async function programText({ program, found, signal }: Look): Promise<string> {
  const path = (FILES[program] ?? [program]).map(findProgram).find((file) => file !== undefined);
  if (path === undefined) return found ?? '';
  const said = found ?? (await outputOf([path, '--version'], signal));
  if (isSourceBuild(said)) return withFeatures(said, await outputOf([path, 'features'], signal));
  return withPackage(said, await packageVersion(realpathSync(path), signal));
}

/** Returns the package's version if it has the same release, because it includes the distribution's revision. Pure. */
export function withPackage(said: string, packaged: string): string {
  const [own, whole] = [parseVersion(said), parseVersion(packaged)];
  return own !== undefined && whole !== undefined && compareVersions(own, whole) === 0
    ? packaged.trim()
    : said;
}

/** Asks by the file's path rather than a name, so that a file outside any package is not mistaken for one. */
async function packageVersion(path: string, signal: AbortSignal): Promise<string> {
  const owner = /^([^\s:,]+)/.exec(await outputOf(['dpkg-query', '--search', path], signal))?.[1];
  return owner === undefined
    ? await outputOf(['rpm', '-qf', '--queryformat', '%{VERSION}-%{RELEASE}', path], signal)
    : await outputOf(['dpkg-query', '--show', '--showformat=${Version}', owner], signal);
}

/** Returns an empty text if the program is missing or fails, because its output is then no version. */
async function outputOf([program = '', ...args]: readonly string[], signal: AbortSignal): Promise<string> {
  const { exitCode, stdout } = await run(program, args, { timeoutMs: LOOK_TIMEOUT_MS, signal });
  return exitCode === 0 ? stdout : '';
}
