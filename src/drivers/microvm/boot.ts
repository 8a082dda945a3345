import { stat } from 'node:fs/promises';
import { BottleError, AGAIN_OR_REPORT, linesOf, reasonOf } from '../../errors.ts';
import { eitherOf } from '../../host/deadline.ts';
import { removeTree } from '../../host/files.ts';
import { assetPath } from '../../host/paths.ts';
import type { ProcessIdentity } from '../../host/processes.ts';
import { findProgram } from '../../host/system/programs.ts';
import type { BottleSpec, DriverContext } from '../driver.ts';
import { processorOf, type HostFacts } from '../sandbox/facts.ts';
import { runFiles } from '../sandbox/state.ts';
import { startBottle, type StartedBottle } from '../sandbox/start.ts';
import type { OwnGroup } from './group/plan.ts';
import type { Acceleration } from './check/acceleration.ts';
import { makeEmptyDisks, makeOutDir, type MadeMachine } from './make.ts';
import { planStart, type StartPlan } from './plan.ts';
import { giveUpSaved, savedMachine, type Saved } from './saved/saved.ts';
import { vmmOf } from './vmm/index.ts';
import { VM } from './vmm/machine.ts';
import type { Purpose } from './vmm/vmm.ts';

/** Starts a machine for a bottle: from a saved machine with the same properties, else from its kernel. */

/** Timeout of a boot, in milliseconds. An emulated machine on a busy host is slow. */
const BOOT_MS = 180_000;

/**
 * Timeout in milliseconds for a resumed machine to answer. It answers within a second, or within 22 with a tenth of a
 * processor. Otherwise it never answers, and this host boots a machine instead.
 */
const ANSWER_MS = 60_000;

export interface Booting {
  readonly made: MadeMachine;
  readonly how: Acceleration;
  readonly facts: HostFacts;
  readonly group: OwnGroup | undefined;
  /** Runs when the machine answers, while the attendant logs in to it: at most once, even after a failure. */
  readonly connect: (answering: Answering) => Promise<void>;
}

export interface Answering {
  readonly init: ProcessIdentity;
  readonly plan: StartPlan;
  readonly signal: AbortSignal;
}

export interface Running {
  readonly bottle: StartedBottle;
  readonly plan: StartPlan;
}

export interface Begun extends Running {
  /** Says what the machine started from, and where that is its kernel, why. */
  readonly began: string;
  /** Discards the saved machine if it turns out to be useless, so that the next start does not use it. */
  readonly giveUp: () => Promise<void>;
}

/**
 * Starts the sandbox and its VMM, and starts or resumes the machine.
 * @throws BottleError `rungUnavailable`; the signal's reason
 */
export async function startMachine(
  spec: BottleSpec,
  booting: Booting,
  work: Pick<DriverContext, 'signal' | 'progress'>,
): Promise<Begun> {
  const saved = await savedFor(spec, booting, work);
  const fromKernel = async (whyNot: string): Promise<Begun> => ({
    ...(await boot(spec, booting, { purpose: 'boot', signal: work.signal })),
    began: `from its kernel: ${whyNot}`,
    giveUp: async () => undefined,
  });
  if ('whyNot' in saved) return await fromKernel(saved.whyNot);
  let connecting: Promise<void> | undefined;
  const connect: Booting['connect'] = async (answering) => await (connecting = booting.connect(answering));
  try {
    const resuming = { purpose: 'resume', savedDir: saved.dir, signal: work.signal } as const;
    const running = await boot(spec, { ...booting, connect }, resuming);
    const giveUp = async (): Promise<void> => await giveUpSaved(saved.dir, false);
    return { ...running, began: 'from one that was saved when it had booted', giveUp };
  } catch (error) {
    work.signal.throwIfAborted();
    if (connecting !== undefined) {
      // A gateway connects only once, so this bottle does not start. The next one boots, unless the connection caused
      // the failure.
      if ((await connecting.catch((why: unknown) => why)) !== error) await giveUpSaved(saved.dir, true);
      throw error;
    }
    work.progress(`a machine that was saved does not go on: booting one (${reasonOf(error)})`);
    await beginAgain(spec, booting);
    const begun = await fromKernel(linesOf(error).join('; '));
    // A boot with the same bottle worked, so the saved machine was at fault.
    await giveUpSaved(saved.dir, true);
    return begun;
  }
}

async function savedFor(
  spec: BottleSpec,
  booting: Booting,
  work: Pick<DriverContext, 'signal' | 'progress'>,
): Promise<Saved> {
  const { files, image } = booting.made;
  const { machine } = planFor(spec, booting, { purpose: 'boot' });
  const paths = [files.scratchPath, files.filesPath, files.workPath, files.ownPath];
  const diskBytes = await Promise.all(paths.map(async (path) => (await stat(path)).size));
  const shared = { ...files, baseDigest: image.disk.digest };
  return await savedMachine(
    { bottleId: spec.id, vmm: vmmOf(spec.rung), machine, start: booting.how, files: shared, diskBytes },
    work,
  );
}

/** Removes everything that a machine left that did not come up, and makes its disks anew. */
async function beginAgain(
  { runDir }: BottleSpec,
  { made: { files, room }, facts: { owner } }: Booting,
): Promise<void> {
  await makeEmptyDisks(files, room, owner);
  await removeTree(runFiles(runDir).control);
  await removeTree(files.outDir);
  await makeOutDir(files.outDir, owner);
}

interface Beginning {
  readonly purpose: Extract<Purpose, 'boot' | 'resume'>;
  readonly savedDir?: string;
}

function planFor(
  spec: BottleSpec,
  { made, how, facts, group }: Booting,
  { purpose, savedDir }: Beginning,
): StartPlan {
  const vmm = vmmOf(spec.rung);
  const start = { ...startOf(spec, how), purpose };
  const saved = savedDir === undefined ? [] : [{ hostPath: savedDir, path: VM.saved, readOnly: true }];
  return planStart(spec, {
    facts,
    assetPath,
    hasKvm: how.accelerator === 'kvm',
    shown: [...vmm.shown(findProgram(vmm.programName) ?? ''), ...saved],
    vmmCommand: (machine) => vmm.command(machine, start),
    files: made.files,
    workBytes: made.room.workBytes,
    keys: made.keys,
    group,
  });
}

const startOf = ({ id: bottleId }: BottleSpec, { accelerator, tscKhz }: Acceleration) => ({
  bottleId,
  accelerator,
  tscKhz,
});

async function boot(
  spec: BottleSpec,
  booting: Booting,
  { signal, ...beginning }: Beginning & { readonly signal: AbortSignal },
): Promise<Running> {
  const vmm = vmmOf(spec.rung);
  const plan = planFor(spec, booting, beginning);
  const start = { ...startOf(spec, booting.how), purpose: beginning.purpose };
  const giveUp = new AbortController();
  const silent = (): void => giveUp.abort(standsStill());
  const patience = beginning.purpose === 'resume' ? setTimeout(silent, ANSWER_MS) : undefined;
  const starting = startBottle(plan, {
    bottleId: spec.id,
    machine: processorOf(booting.facts),
    deadlineMs: BOOT_MS,
    signal: eitherOf(signal, giveUp.signal),
    meanwhile: async (init, ending) => {
      clearTimeout(patience);
      await booting.connect({ init, plan, signal: ending });
    },
  })
    .catch((error: unknown) => {
      throw withMachineMessage(error);
    })
    .finally(() => clearTimeout(patience));
  const ended = starting.then(
    async () => await new Promise<string>(() => undefined),
    (error: unknown) => linesOf(error).join('\n'),
  );
  const asking = vmm.boot?.(plan.machine, start, { outDir: booting.made.files.outDir, ended });
  // If the VMM has ended, its API request fails first. The sandbox reports the real reason.
  await asking?.catch(async (error: unknown) => {
    giveUp.abort(error);
    await starting.then(async (bottle) => await bottle.kill());
    throw error;
  });
  return { bottle: await starting, plan };
}

const standsStill = (): BottleError =>
  new BottleError('rungUnavailable', `the machine did not answer within ${ANSWER_MS / 1000} s`, {
    fix: AGAIN_OR_REPORT,
  });

/**
 * Only bot-bottle writes lines of this form, because no program of the image runs before the agent: `fail` in
 * assets/microvm/guest, and assets/microvm/attendant.pl.
 */
const OWN_MESSAGE = /^bot-bottle: (.+)$/;
const VMM_KILLED = /^its VMM was ended by signal \d+$/;

const FIX_IMAGE = 'its last lines are above; of an image of your own, see whether the default one comes up';
const FIX_MEMORY =
  'unless somebody ended it, the kernel did, because memory ran out (journalctl -k): free some, or give the bottle less (resources.memory)';

/** Returns the same error with the machine's last own message as its message, if there is one. Pure. */
export function withMachineMessage(error: unknown): unknown {
  if (!(error instanceof BottleError)) return error;
  const message = error.details.flatMap((line) => OWN_MESSAGE.exec(line.trim())?.slice(1) ?? []).at(-1);
  if (message === undefined) return error;
  const { code, details } = error;
  return new BottleError(code, `the machine did not come up: ${message}`, {
    details,
    fix: VMM_KILLED.test(message) ? FIX_MEMORY : FIX_IMAGE,
    cause: error,
  });
}
