import { release } from 'node:os';
import { BottleError, reasonOf } from '../../errors.ts';
import { installPackage, readOsRelease, type PackageManager } from '../../host/distribution.ts';
import { run } from '../../host/run.ts';
import type { Probe, ProbeContext } from '../driver.ts';
import { hasKernel } from './guest/kernel.ts';
import { tryAcceleration, type Acceleration } from './look/acceleration.ts';
import { QEMU } from './rung.ts';

/** Looks whether machines run here: by booting one, with the processor's help if that works, else without. */

const LOOK_DEADLINE_MS = 10_000;

type Packages = Readonly<Partial<Record<PackageManager, string>>>;

interface Needed {
  readonly program: string;
  readonly args: readonly string[];
  readonly packages: Packages;
}

const same = (name: string): Packages => ({ apt: name, dnf: name, pacman: name, zypper: name, apk: name });

/** Each answers a harmless question; which code it answers with says nothing but that it is there. */
const NEEDED: readonly Needed[] = [
  { program: 'bwrap', args: ['--version'], packages: same('bubblewrap') },
  { program: 'perl', args: ['--version'], packages: same('perl') },
  { program: 'prlimit', args: ['--version'], packages: same('util-linux') },
  {
    program: 'ssh',
    args: ['-V'],
    packages: { ...same('openssh'), apt: 'openssh-client', dnf: 'openssh-clients' },
  },
  { program: 'dropbearconvert', args: [], packages: { ...same('dropbear'), apt: 'dropbear-bin' } },
  { program: 'busybox', args: ['true'], packages: { ...same('busybox'), apt: 'busybox-static' } },
  { program: 'mkfs.erofs', args: ['--version'], packages: same('erofs-utils') },
  { program: 'mke2fs', args: ['-V'], packages: same('e2fsprogs') },
];

/** `probe` of the driver. */
export async function probeQemu({ signal, isAskedFor }: ProbeContext): Promise<Probe> {
  const look = await run('qemu-system-x86_64', ['--version'], { timeoutMs: LOOK_DEADLINE_MS, signal });
  const version = /version (\d+\.\d+\.\d+)/.exec(look.stdout)?.[1];
  const evidence = { kernel: release(), ...(version === undefined ? {} : { qemu: version }) };
  const rest =
    version === undefined
      ? absent()
      : ((await missing(signal)) ?? (await notFetched(isAskedFor)) ?? (await tried(signal)));
  return { rung: QEMU, ...rest, evidence: { ...evidence, ...rest.evidence } };
}

type Finding = Omit<Probe, 'rung'>;

const absent = (): Finding => ({
  status: 'absent',
  reason: 'QEMU is not installed',
  fix: install({ ...same('qemu-system-x86'), apt: 'qemu-system-x86' }, 'QEMU'),
  evidence: {},
});

const install = (packages: Packages, name: string): string =>
  installPackage(packages, readOsRelease()) ?? `install ${name}`;

async function missing(signal: AbortSignal): Promise<Finding | undefined> {
  for (const { program, args, packages } of NEEDED) {
    const { notFound } = await run(program, args, { timeoutMs: LOOK_DEADLINE_MS, signal });
    if (notFound)
      return {
        status: 'installed',
        reason: `${program} is missing`,
        fix: install(packages, program),
        evidence: {},
      };
  }
  return undefined;
}

/** Nobody who did not ask for it waits for a download. */
async function notFetched(isAskedFor: boolean): Promise<Finding | undefined> {
  if (isAskedFor || (await hasKernel())) return undefined;
  const reason = 'its kernel is not here yet: about 35 MB, which the first use fetches';
  return { status: 'installed', reason, fix: 'name it once: --runtime qemu', evidence: {} };
}

async function tried(signal: AbortSignal): Promise<Finding> {
  try {
    return ready(await tryAcceleration({ signal, progress: () => undefined }));
  } catch (error) {
    signal.throwIfAborted();
    const fix = error instanceof BottleError ? (error.fix ?? '') : '';
    return { status: 'installed', reason: reasonOf(error), fix, evidence: {} };
  }
}

/** docs/system/security.rst of QEMU: nothing is promised of what guests can do to an emulator, and bugs of it are none of security. */
const EMULATED = 'ready, but emulated: slow, and no boundary that QEMU vouches for (--runtime qemu takes it)';

function ready({ accelerator, slowdown, whyNotKvm }: Acceleration): Finding {
  const evidence = { accelerator, slowdown: slowdown.toFixed(1) };
  const how =
    whyNotKvm === undefined
      ? 'a kernel was booted under KVM'
      : `a kernel was booted, emulated (TCG): programs take about ${Math.round(slowdown)} times as long; no KVM: ${whyNotKvm.split('\n')[0]}`;
  const onlyIfAsked = whyNotKvm === undefined ? undefined : EMULATED;
  return { status: 'ready', reason: how, fix: '', onlyIfAsked, evidence };
}
