import { DEADLINE_MS, SLOW_MS } from '../attached/client.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { BottleError } from '../../errors.ts';
import { readKernelFile } from '../../host/system/kernel-file.ts';
import { knownFix, SEE_KATA } from '../container/fixes.ts';
import { insideIn, INSIDE_CALL, kernelFaults } from '../kata/inside.ts';
import { machineOf, readProcesses } from '../kata/machine.ts';
import { askCall, findContainer, madeFor, nerdctl, startCall } from './cli.ts';
import type { MachineOrder } from './plan.ts';
import type { Kata } from './versions.ts';

/** Starts a machine, and confirms that it is one. */

const BETWEEN_LOOKS_MS = 100;

/**
 * Starts the machine and confirms that the shim has a VMM on the host, and that the kernel inside is another one.
 * Returns evidence for the receipt.
 * @throws BottleError `rungUnavailable` if it does not start, or if either cannot be seen
 */
export async function startMachine(
  { name, bottleId }: Pick<MachineOrder, 'name' | 'bottleId'>,
  { shim }: Pick<Kata, 'shim'>,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  await nerdctl('start a machine', startCall(name), {
    signal,
    timeoutMs: SLOW_MS,
    ...madeFor(bottleId),
  });
  const seen = await running(name, signal);
  const machine = machineOf(readProcesses(), { containerId: seen.id, pid: seen.pid, shim });
  if ('fault' in machine) throw refusal([machine.fault]);
  const hostKernel = readKernelFile('/proc/version') ?? '';
  const said = await nerdctl('ask a machine for its kernel', askCall(name, INSIDE_CALL), {
    signal,
    keepsInputOpen: true,
    timeoutMs: DEADLINE_MS,
  });
  const { kernel, interfaces } = insideIn(said);
  const faults = [
    ...kernelFaults(kernel, hostKernel),
    ...(interfaces.length === 0 ? [] : [`it was to have no network, and has ${interfaces.join(' ')}`]),
  ];
  if (faults.length > 0) throw refusal(faults);
  return {
    guestKernel: kernel,
    hostKernel: hostKernel.trim(),
    machine: `${machine.vmm}, process ${machine.pid}: ${machine.seen}`,
  };
}

/** Waits until the machine runs: `start` also succeeds if its first program has ended at once. */
async function running(name: string, signal: AbortSignal): Promise<{ id: string; pid: number }> {
  for (const end = Date.now() + DEADLINE_MS; Date.now() < end; await sleep(BETWEEN_LOOKS_MS)) {
    const seen = await findContainer(name, { signal });
    if (seen?.process?.status === 'running') return { id: seen.id, pid: seen.process.pid };
    if (seen?.process?.status === 'stopped') break;
  }
  throw refusal([`${name} does not run after it was started`]);
}

const refusal = (details: readonly string[]): BottleError =>
  new BottleError(
    'rungUnavailable',
    "the container is not seen to be a machine of Kata's without a network",
    {
      details,
      fix: knownFix(details.join('\n')) ?? SEE_KATA,
    },
  );
