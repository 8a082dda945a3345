import { assetPath } from '../../host/paths.ts';
import { agentOwner } from '../../host/user.ts';
import { BottleError } from '../../errors.ts';
import type { BottleSpec, DriverContext, PreparedBottle } from '../driver.ts';
import { boundFiles } from '../most-files.ts';
import { openByJoining } from '../network/opener.ts';
import { confirmSandbox } from '../sandbox/confirm.ts';
import { readHostFacts } from '../sandbox/facts.ts';
import { launchMain } from '../sandbox/life.ts';
import { startBottle } from '../sandbox/start.ts';
import { writeInit } from '../sandbox/state.ts';
import type { Machine as Processor } from '../sandbox/syscalls.ts';
import { acceleration, type Acceleration } from './look/acceleration.ts';
import { checkInMachine } from './checks.ts';
import { makeMachine, type MadeMachine } from './make.ts';
import { planStart } from './plan.ts';
import { LINK, type Machine } from './vmm/machine.ts';
import { clockArguments, CONSOLE_ARGUMENTS, qemuCommand } from './vmm/qemu.ts';

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
  const how = await acceleration(context);
  const facts = readHostFacts();
  const plan = planStart(spec, {
    facts,
    assetPath,
    hasKvm: how.accelerator === 'kvm',
    vmmCommand: (machine) => qemuCommand(withKernelArguments(machine, how), how.accelerator),
    files: made.files,
    keys: made.keys,
  });
  context.progress('starting the machine');
  const machine = machineOf(facts);
  const { signal } = context;
  const bottle = await startBottle(plan, { bottleId: spec.id, machine, deadlineMs: BOOT_MS, signal });
  try {
    await boundFiles(bottle.init.pid, plan.mostFiles);
    confirmSandbox(bottle.init.pid, { plan, ...facts });
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

/** KVM has a clock of its own for its machines. */
const withKernelArguments = (machine: Machine, { accelerator, tscKhz }: Acceleration): Machine => ({
  ...machine,
  kernelArguments: [...CONSOLE_ARGUMENTS, ...(accelerator === 'kvm' ? [] : clockArguments(tscKhz))],
});

function machineOf({ machine }: ReturnType<typeof readHostFacts>): Processor {
  if (machine !== undefined) return machine;
  throw new BottleError('rungUnavailable', 'there is no system call filter for this kind of machine', {
    fix: 'use another runtime',
  });
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
