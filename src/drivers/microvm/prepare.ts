import { eitherOf } from '../../host/deadline.ts';
import { linesOf } from '../../errors.ts';
import { assetPath } from '../../host/paths.ts';
import { findProgram } from '../../host/programs.ts';
import { agentOwner } from '../../host/user.ts';
import type { BottleSpec, DriverContext, PreparedBottle } from '../driver.ts';
import { openByJoining } from '../network/opener.ts';
import { confirmSandbox } from '../sandbox/confirm.ts';
import { readHostFacts, type HostFacts } from '../sandbox/facts.ts';
import { launchMain } from '../sandbox/life.ts';
import { processorOf } from '../sandbox/processor.ts';
import { startBottle, type StartedBottle } from '../sandbox/start.ts';
import { writeInit } from '../sandbox/state.ts';
import { checkInMachine } from './checks.ts';
import { acceleration, type Acceleration } from './look/acceleration.ts';
import { makeMachine, type MadeMachine } from './make.ts';
import { planStart, type StartPlan } from './plan.ts';
import { vmmOf } from './vmm/index.ts';
import { LINK } from './vmm/machine.ts';

/** An emulated machine on a busy host takes its time. */
const BOOT_MS = 180_000;

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
  const how = await acceleration(vmmOf(spec.rung), { ...context, dir: spec.runDir });
  const facts = readHostFacts();
  context.progress('starting the machine');
  const { bottle, plan } = await boot(spec, { made, how, facts, signal: context.signal });
  try {
    await confirmSandbox(bottle, { plan, ...facts });
    await writeInit(spec.runDir, bottle.init);
    const checks = await openByJoining(spec, { pid: bottle.init.pid, link: LINK.tapName }, context);
    const inside = await checkInMachine(spec);
    const evidence = { ...plan.evidence, ...evidenceOf(made, how) };
    return {
      evidence,
      checks: [...checks, ...inside],
      launch: async (io) => await launchMain(spec, bottle, io),
    };
  } catch (error) {
    await bottle.kill();
    throw error;
  }
}

interface Booting {
  readonly made: MadeMachine;
  readonly how: Acceleration;
  readonly facts: HostFacts;
  readonly signal: AbortSignal;
}

/** Starts the sandbox and its VMM, and has the machine run. */
async function boot(
  spec: BottleSpec,
  { made, how, facts, signal }: Booting,
): Promise<{ readonly bottle: StartedBottle; readonly plan: StartPlan }> {
  const vmm = vmmOf(spec.rung);
  const { accelerator, tscKhz } = how;
  const start = { bottleId: spec.id, accelerator, tscKhz, hasConsole: false };
  const plan = planStart(spec, {
    facts,
    assetPath,
    hasKvm: accelerator === 'kvm',
    tries: vmm.tries,
    shown: vmm.shown(findProgram(vmm.programName) ?? ''),
    vmmCommand: (machine) => vmm.command(machine, start),
    files: made.files,
    keys: made.keys,
  });
  const giveUp = new AbortController();
  const starting = startBottle(plan, {
    bottleId: spec.id,
    machine: processorOf(facts),
    deadlineMs: BOOT_MS,
    signal: eitherOf(signal, giveUp.signal),
  });
  const ended = starting.then(
    async () => await new Promise<string>(() => undefined),
    (error: unknown) => linesOf(error).join('\n'),
  );
  const asking = vmm.boot?.(plan.machine, start, { outDir: made.files.outDir, ended });
  // What it is asked fails first where it ended: what the sandbox says of that end is the reason.
  await asking?.catch(async (error: unknown) => {
    giveUp.abort(error);
    await starting.then(async (bottle) => await bottle.kill());
    throw error;
  });
  return { bottle: await starting, plan };
}

const evidenceOf = (
  { kernel, baseDigest }: MadeMachine,
  { accelerator }: Acceleration,
): Record<string, string> => ({
  guestKernel: kernel.release,
  base: baseDigest,
  accelerator,
  user: `${agentOwner().uid}:${agentOwner().gid} on the host`,
});
