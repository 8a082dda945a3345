import { realpathSync } from 'node:fs';
import { release, version as kernelBuild } from 'node:os';
import { findProgram } from '../../host/system/programs.ts';
import type { Boundary, RungCheck, Rung } from '../../drivers/driver.ts';
import { run } from '../../host/run.ts';
import { PROGRAMS, type Program } from './row.ts';
import { isSourceBuild, withFeatures } from './source-build.ts';
import { compareVersions, parseVersion } from './version.ts';

/** Reads the versions of what a rung's boundary is made of, on this host. */

const LOOK_TIMEOUT_MS = 5_000;

/**
 * As what the host's kernel is attacked. A guest in user space passes none of the calls on that the table's holes need.
 * The holes of KVM in it are those of x86.
 */
const KERNEL_AS: Readonly<Record<Boundary, Program | undefined>> = {
  'shared-kernel': 'kernel',
  'user-kernel': undefined,
  vm: process.arch === 'x64' ? 'kvm' : undefined,
};

/** What an engine brings that is no rung's name. */
const COMPANIONS: Readonly<Record<string, readonly Program[]>> = { docker: ['containerd'] };

/** Where the answer to a look has it under another name than the program's. */
const EVIDENCE_KEYS: Readonly<Partial<Record<Program, string>>> = { bubblewrap: 'bwrap', kvm: 'kernel' };

/** The files whose `--version` says it, and whose package is asked for; the program's name, where nothing is said. */
const FILES: Readonly<Partial<Record<Program, readonly string[]>>> = {
  bubblewrap: ['bwrap'],
  docker: ['dockerd', 'docker'],
  kata: ['kata-runtime', 'containerd-shim-kata-v2'],
  qemu: [process.arch === 'arm64' ? 'qemu-system-aarch64' : 'qemu-system-x86_64'],
};

/** The programs of the table that a rung's boundary rests on. */
export function programsOf({ engine, runtime, boundary }: Rung): Program[] {
  const names = [engine, runtime, ...(COMPANIONS[engine] ?? []), KERNEL_AS[boundary]];
  return PROGRAMS.filter((program) => names.includes(program));
}

/**
 * The versions for `judgeFloors`, by program. What the look at the rung found is taken; what it did not find, the program is
 * asked; an empty text stands for what neither says. A distribution's package manager adds its revision.
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

/** What the look at a rung found of a program's version: an engine says it of the runtime that it starts. Pure. */
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
 * Debian's older kernels call themselves by the branch (6.1.0-28-amd64), and name the release in what uname(1) -v shows. An
 * engine in a machine of its own says another kernel than this host's.
 */
const kernelText = (found: string | undefined): string =>
  found === undefined || found === release() ? withKernelBuild(release(), kernelBuild()) : found;

/** The version of a kernel by both of uname's texts. Pure. */
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

/** The package's version where it is of the same release: it has the distribution's revision. Pure. */
export function withPackage(said: string, packaged: string): string {
  const [own, whole] = [parseVersion(said), parseVersion(packaged)];
  return own !== undefined && whole !== undefined && compareVersions(own, whole) === 0
    ? packaged.trim()
    : said;
}

/** By the file, not by a name, so that what was put beside a package is not taken for it. */
async function packageVersion(path: string, signal: AbortSignal): Promise<string> {
  const owner = /^([^\s:,]+)/.exec(await outputOf(['dpkg-query', '--search', path], signal))?.[1];
  return owner === undefined
    ? await outputOf(['rpm', '-qf', '--queryformat', '%{VERSION}-%{RELEASE}', path], signal)
    : await outputOf(['dpkg-query', '--show', '--showformat=${Version}', owner], signal);
}

/** Empty where the program is missing or fails: what it says then is no version. */
async function outputOf([program = '', ...args]: readonly string[], signal: AbortSignal): Promise<string> {
  const { exitCode, stdout } = await run(program, args, { timeoutMs: LOOK_TIMEOUT_MS, signal });
  return exitCode === 0 ? stdout : '';
}
