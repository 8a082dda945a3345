import { BottleError, linesOf } from '../../../errors.ts';
import { readKernelFile } from '../../../host/system/kernel-file.ts';
import { askBeside } from '../ask-beside.ts';
import { inspectContainer } from '../containers.ts';
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

/** Has a running container of Kata's prove that it is a machine. */

/** The agent in a machine answers by way of its shim; a busy host needs a while. */
const ANSWER_DEADLINE_MS = 20_000;

/**
 * A VMM of the shim's on the host, and another kernel inside than here, held to `limits`; for the receipt.
 * @throws BottleError `rungUnavailable` where any of it is not seen
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
  // What is no machine has no bounds of one: each is said alone, with its own advice.
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
