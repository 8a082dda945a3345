import { release } from 'node:os';
import { BottleError, reasonOf } from '../../../errors.ts';
import { isOrAre } from '../../../host/system/distribution.ts';
import { run } from '../../../host/run.ts';
import type { RungCheck, CheckContext, Rung } from '../../driver.ts';
import { ensureKernel, hasKernel } from '../guest/kernel/kernel.ts';
import { tryAcceleration, type Acceleration } from './acceleration.ts';
import { installable, installCommand } from '../packages.ts';
import { lackingPrograms, type Lacking } from './suited.ts';
import { vmmOf } from '../vmm/index.ts';
import type { Vmm } from '../vmm/vmm.ts';

/** Checks whether machines run on this host: boots one, with KVM if that works, else without. */

const LOOK_DEADLINE_MS = 10_000;

/** `check` of the driver. */
export async function checkMachines(rung: Rung, context: CheckContext): Promise<RungCheck> {
  const { signal, isAskedFor } = context;
  const vmm = vmmOf(rung);
  const look = await run(vmm.programName, ['--version'], { timeoutMs: LOOK_DEADLINE_MS, signal });
  const version = vmm.versionIn(look.stdout);
  const found = {
    kernel: release(),
    ...(version === undefined ? {} : { [rung.runtime]: version }),
  };
  // The programs are of no use on other platforms.
  const lacking = process.platform === 'linux' ? await lackingPrograms() : NOTHING_LACKS;
  const finding =
    version === undefined
      ? absent(vmm, look.notFound, lacking)
      : (old(vmm, version) ??
        missing(lacking) ??
        (await notFetched(rung, isAskedFor)) ??
        (await tried(vmm, context)));
  return { rung, ...finding, evidence: { ...found, ...finding.evidence } };
}

type Finding = Omit<RungCheck, 'rung'>;

const NOTHING_LACKS: Lacking = { programs: [], unsuited: [] };

function absent({ programName, install }: Vmm, notFound: boolean, { programs, unsuited }: Lacking): Finding {
  const reason = notFound
    ? `${isOrAre([programName, ...programs])} not installed`
    : `${programName} does not say its version`;
  return {
    status: 'absent',
    reason: [reason, ...unsuited].join('; '),
    fix: [install(installable(programs)), ...otherBusybox(unsuited)].join('; then: '),
    evidence: {},
  };
}

const otherBusybox = (unsuited: readonly string[]): readonly string[] =>
  unsuited.length === 0 ? [] : ['put a static busybox that is built with these into /usr/local/bin'];

function old(vmm: Vmm, version: string): Finding | undefined {
  const problem = vmm.versionProblem(version);
  return problem === undefined
    ? undefined
    : { status: 'installed', reason: problem, fix: vmm.install([]), evidence: {} };
}

/** Reports all missing programs at once, so that the user does not have to return for each. */
function missing({ programs, unsuited }: Lacking): Finding | undefined {
  if (programs.length + unsuited.length === 0) return undefined;
  const install = programs.length === 0 ? [] : [installCommand(programs)];
  return {
    status: 'installed',
    reason: [...(programs.length === 0 ? [] : [`${isOrAre(programs)} missing`]), ...unsuited].join('; '),
    fix: [...install, ...otherBusybox(unsuited)].join('; then: '),
    evidence: {},
  };
}

/** Avoids the kernel's download for a user who did not ask for this rung. */
async function notFetched({ runtime }: Rung, isAskedFor: boolean): Promise<Finding | undefined> {
  if (isAskedFor || (await hasKernel())) return undefined;
  const reason = 'its kernel is not here yet: about 35 MB, which the first use fetches';
  return { status: 'installed', reason, fix: `name it once: --runtime ${runtime}`, evidence: {} };
}

async function tried(vmm: Vmm, { id, dir, signal, record }: CheckContext): Promise<Finding> {
  await record({ kind: 'processes', bottleId: id });
  try {
    const work = { ownerId: id, dir, signal, progress: () => undefined };
    return ready(await tryAcceleration(vmm, { ...work, kernel: await ensureKernel(work) }));
  } catch (error) {
    signal.throwIfAborted();
    const isOurs = error instanceof BottleError;
    const reason = [reasonOf(error), ...(isOurs ? error.details : [])].join(': ');
    return { status: 'installed', reason, fix: isOurs ? error.fix : '', evidence: {} };
  }
}

/**
 * docs/system/security.rst of QEMU: the project promises no isolation from emulated guests, and treats such bugs as no
 * security bugs.
 */
const EMULATED = 'ready, but emulated: slow, and no boundary that QEMU vouches for (--runtime qemu takes it)';

function ready({ accelerator, tscKhz, slowdown, whyNotKvm }: Acceleration): Finding {
  const evidence = { accelerator, tscKhz: String(tscKhz), slowdown: slowdown.toFixed(1) };
  const how =
    whyNotKvm === undefined
      ? 'a kernel was booted under KVM'
      : `a kernel was booted, emulated (TCG): programs take about ${Math.round(slowdown)} times as long; no KVM: ${whyNotKvm.split('\n')[0]}`;
  const onlyIfAsked = whyNotKvm === undefined ? undefined : EMULATED;
  return { status: 'ready', reason: how, fix: '', onlyIfAsked, evidence };
}
