import { BottleError, linesOf } from '../../../errors.ts';
import { readKernelFile } from '../../../host/system/kernel-file.ts';
import { askBeside } from '../agent/ask-beside.ts';
import { inspectContainer } from '../engine/containers.ts';
import type { Connection } from '../engine/engine.ts';
import { knownFix, SEE_KATA } from '../fixes.ts';
import {
  insideFaults,
  insideIn,
  INSIDE_CALL,
  machineBoundFaults,
  SECCOMP_FILTER,
  type Inside,
  type MachineLimits,
} from '../../kata/inside.ts';
import { machineOf, readProcesses } from '../../kata/machine.ts';

/** Confirms that a running container of Kata is a virtual machine. */

/** The agent in the machine answers through its shim, which takes a while on a busy host. */
const ANSWER_DEADLINE_MS = 20_000;

/**
 * Confirms that the shim has a VMM on the host, and that the kernel inside is another one with these `limits`. Returns
 * evidence for the receipt.
 * @throws BottleError `rungUnavailable` if any of it cannot be seen
 */
export async function confirmMachine(
  connection: Connection,
  container: string,
  limits: MachineLimits,
): Promise<Readonly<Record<string, string>>> {
  const { Id: containerId = '', State: state } = await inspectContainer(connection, container);
  const { shim = '' } = connection;
  const machine = machineOf(readProcesses(), { containerId, pid: state?.Pid ?? 0, shim });
  if ('fault' in machine) throw refusal([machine.fault]);
  const hostKernel = readKernelFile('/proc/version') ?? '';
  const inside = await askInside(connection, container).catch((error: unknown) => {
    throw error instanceof BottleError && error.code === 'rungUnavailable' ? error : refusal(linesOf(error));
  });
  // A container that is no machine has no machine's limits either, so report each kind of fault alone, with its own
  // fix.
  for (const faults of [insideFaults(inside, hostKernel), machineBoundFaults(inside, limits)])
    if (faults.length > 0) throw refusal(faults);
  return {
    guestKernel: inside.kernel,
    hostKernel: hostKernel.trim(),
    machine: `${machine.vmm}, process ${machine.pid}: ${machine.seen}`,
    guestInterfaces: inside.interfaces.join(' '),
    limits: `by its machine's own kernel: ${inside.memoryBytes} bytes of memory, ${inside.mostProcesses} processes and threads; processors by the engine's word alone`,
    seccomp: `a filter in its machine on the first process, ${inside.seccompBeside === SECCOMP_FILTER ? 'and on' : 'but none on'} a program beside it`,
  };
}

async function askInside(connection: Connection, container: string): Promise<Inside> {
  const question = { argv: INSIDE_CALL, env: {}, deadlineMs: ANSWER_DEADLINE_MS };
  const { exitCode, stdout, stderr } = await askBeside(connection, container, question);
  if (exitCode === undefined)
    throw refusal([`asked for its kernel it does not answer within ${ANSWER_DEADLINE_MS / 1000} s`]);
  if (exitCode !== 0) throw refusal([`asked for its kernel it said: ${stderr.trim() || exitCode}`]);
  return insideIn(stdout);
}

const refusal = (details: readonly string[]): BottleError =>
  new BottleError('rungUnavailable', "the container is not seen to be a machine of Kata's", {
    details,
    fix: knownFix(details.join('\n')) ?? SEE_KATA,
  });
