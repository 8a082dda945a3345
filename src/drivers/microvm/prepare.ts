import type { BottleSpec, DriverContext, PreparedBottle } from '../driver.ts';
import { openByJoining } from '../network/opener.ts';
import { confirmSandbox } from '../sandbox/confirm.ts';
import { readHostFacts } from '../sandbox/facts.ts';
import { launchMain } from '../sandbox/life.ts';
import { sandboxOwner } from '../sandbox/owner.ts';
import { writeInit } from '../sandbox/state.ts';
import { startMachine } from './boot.ts';
import { checkInMachine } from './checks.ts';
import { acceleration, type Acceleration } from './look/acceleration.ts';
import { makeMachine, type MadeMachine } from './make.ts';
import { vmmOf } from './vmm/index.ts';
import { LINK } from './vmm/machine.ts';

/**
 * `prepare` of the driver: a machine that is up, closed, read back, and connected with its gateway.
 * @throws BottleError `dependencyMissing`, `rungUnavailable`
 */
export async function prepareMachine(spec: BottleSpec, context: DriverContext): Promise<PreparedBottle> {
  // Any may fail while the machine is made: whoever waits for it hears of it then.
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
  const { bottle, plan, began, giveUp } = await startMachine(spec, { made, how, facts }, context);
  try {
    await confirmSandbox(bottle, { plan, ...facts });
    await writeInit(spec.runDir, bottle.init);
    const checks = await openByJoining(spec, { pid: bottle.init.pid, link: LINK.tapName }, context);
    const inside = await checkInMachine(spec).catch(async (error: unknown) => {
      // Whoever was interrupted has learnt nothing of it.
      if (!context.signal.aborted) await giveUp();
      throw error;
    });
    const { uid, gid } = facts.owner;
    const user = `${uid}:${gid} on the host`;
    const evidence = { ...plan.evidence, ...evidenceOf(made, how), user, began };
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

/** As in a container: what the image says holds where the bottle says nothing. Programs beside the agent have its variables. */
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
