import { BottleError, REPORT_IT } from '../../errors.ts';
import { eitherOf } from '../../host/deadline.ts';
import type { BottleSpec, DriverContext, LaunchCheck, PreparedBottle } from '../driver.ts';
import { openByJoining } from '../network/opener.ts';
import { confirmSandbox } from '../sandbox/readback.ts';
import { readHostFacts, sandboxOwner } from '../sandbox/facts.ts';
import { launchMain } from '../sandbox/life.ts';
import { writeInit } from '../sandbox/state.ts';
import { startMachine, type Answering } from './boot.ts';
import { checkInMachine, type Expected } from './checks.ts';
import { boundsSwap, confirmGroup, findGroupPlace, makeGroup } from './group/make.ts';
import { ownGroup, type OwnGroup } from './group/plan.ts';
import { sumOf } from './limits.ts';
import { acceleration, type Acceleration } from './check/acceleration.ts';
import { makeMachine, type MadeMachine } from './make.ts';
import { vmmOf } from './vmm/index.ts';
import { LINK } from './vmm/machine.ts';

/** The first of the tried places is the gateway, which must answer. The others must not. */
const expectedOf = ({ tried, kernel, files }: MadeMachine): Expected => ({
  places: tried.length - 1,
  hasKaslr: files.kernelPath === kernel.imagePath,
});

/**
 * `prepare` of the driver: returns a machine that runs, is confined and read back, and is connected to its gateway.
 * @throws BottleError `dependencyMissing`, `rungUnavailable`
 */
export async function prepareMachine(spec: BottleSpec, context: DriverContext): Promise<PreparedBottle> {
  // Each promise may reject while the machine is made. The code that awaits it handles the rejection.
  const { listening, ready, trusted } = context.gateway;
  for (const promise of [listening, ready, trusted]) promise.catch(() => undefined);
  await context.record({ kind: 'processes', bottleId: spec.id });
  const made = await makeMachine(spec, context);
  const how = await acceleration(vmmOf(spec.rung), {
    ...context,
    ownerId: spec.id,
    dir: spec.runDir,
    kernel: made.kernel,
  });
  const facts = readHostFacts(sandboxOwner(spec));
  context.progress('starting the machine');
  const { group, words } = await groupFor(spec, context);
  let checks: readonly LaunchCheck[] | undefined;
  const connect = async ({ init, plan, signal }: Answering): Promise<void> => {
    await confirmSandbox({ init }, { plan, ...facts });
    if (group !== undefined) await confirmGroup(init.pid, group);
    await writeInit(spec.runDir, init);
    const opening = { gateway: context.gateway, signal: eitherOf(context.signal, signal) };
    checks = await openByJoining(spec, { pid: init.pid, link: LINK.tapName }, opening);
  };
  const booting = { made, how, facts, group, connect };
  const { bottle, plan, began, giveUp } = await startMachine(spec, booting, context);
  try {
    const inside = await checkInMachine(spec, expectedOf(made)).catch(async (error: unknown) => {
      // An interruption says nothing about the saved machine.
      if (!context.signal.aborted) await giveUp();
      throw error;
    });
    if (checks === undefined)
      throw new BottleError('rungUnavailable', 'the gateway was not connected', { fix: REPORT_IT });
    const { uid, gid } = facts.owner;
    const user = `${uid}:${gid} on the host`;
    const evidence = { ...plan.evidence, ...evidenceOf(made, how), user, group: words, began };
    return {
      evidence,
      checks: [...checks, ...inside],
      launch: async (io) => await launchMain(withImageEnv(spec, made), bottle, io),
    };
  } catch (error) {
    await bottle.kill();
    throw error;
  }
}

/** Makes the control group for all processes around the machine. `words`: the receipt's text about it. */
async function groupFor(
  spec: BottleSpec,
  { record, progress }: Pick<DriverContext, 'record' | 'progress'>,
): Promise<{ readonly group?: OwnGroup; readonly words: string }> {
  const place = findGroupPlace();
  if ('whyNot' in place) return { words: `none: ${place.whyNot}` };
  const limits = sumOf(spec.resources);
  const group = ownGroup(spec.id, limits, place);
  for (const { path } of group.folders) await record({ kind: 'group', hostPath: path });
  const whyNot = await makeGroup(group);
  if (whyNot !== undefined) {
    progress(`nothing holds together what is around the machine: no control group, ${whyNot}`);
    return { words: `none: ${whyNot}` };
  }
  const mib = Math.floor(limits.memoryBytes / 1024 ** 2);
  const swap = boundsSwap(group) ? '' : '; swapped memory is not counted here';
  const most = `${mib} MiB, ${limits.pids} processes and threads at most`;
  return { group, words: `${most}, with all that is around the machine, together${swap}` };
}

/**
 * As in a container, the image's variables apply where the bottle sets none. Programs beside the agent get the agent's
 * variables too.
 */
const withImageEnv = (spec: BottleSpec, { image }: MadeMachine): BottleSpec => ({
  ...spec,
  env: { ...image.settings.env, ...spec.env },
});

const evidenceOf = (
  { kernel, image }: MadeMachine,
  { accelerator }: Acceleration,
): Record<string, string> => ({
  guestKernel: `${kernel.release} ${kernel.digest}`,
  ...(kernel.given === undefined ? {} : { guestKernelGiven: kernel.given }),
  image: image.words,
  base: image.disk.digest,
  accelerator,
});
