import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { BottleError, linesOf } from '../../../errors.ts';
import { readKernelFile } from '../../../host/kernel-file.ts';
import { execBeside } from '../exec.ts';
import { inspectContainer } from '../containers.ts';
import type { Connection } from '../engine/engine.ts';
import { knownFix, SEE_KATA } from '../fixes.ts';
import { insideFaults, insideIn, INSIDE_CALL, type Inside } from '../../kata/inside.ts';
import { machineOf, readProcesses } from '../../kata/machine.ts';

/** Has a running container of Kata's prove that it is a machine. */

/** The agent in a machine answers by way of its shim; a busy host needs a while. */
const ANSWER_DEADLINE_MS = 20_000;

/**
 * A VMM of the shim's on the host, and another kernel inside than here; for the receipt.
 * @throws BottleError `rungUnavailable` where either is not seen
 */
export async function confirmMachine(
  connection: Connection,
  container: string,
): Promise<Readonly<Record<string, string>>> {
  const { Id: containerId = '', State: state } = await inspectContainer(connection, container);
  const { shim = '' } = connection;
  const machine = machineOf(readProcesses(), { containerId, pid: state?.Pid ?? 0, shim });
  if ('fault' in machine) throw refusal([machine.fault]);
  const hostKernel = readKernelFile('/proc/version') ?? '';
  const inside = await askInside(connection, container).catch((error: unknown) => {
    throw error instanceof BottleError && error.code === 'rungUnavailable' ? error : refusal(linesOf(error));
  });
  const faults = insideFaults(inside, hostKernel);
  if (faults.length > 0) throw refusal(faults);
  return {
    guestKernel: inside.kernel,
    hostKernel: hostKernel.trim(),
    machine: `${machine.vmm}, process ${machine.pid}: ${machine.seen}`,
    guestInterfaces: inside.interfaces.join(' '),
  };
}

/** Of two lines, and a name for each interface. */
const MOST_ANSWERED = 64 * 1024;

async function askInside(connection: Connection, container: string): Promise<Inside> {
  const said = { out: '', err: '' };
  const into = (name: keyof typeof said): Writable =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        said[name] = (said[name] + chunk.toString()).slice(0, MOST_ANSWERED);
        done();
      },
    });
  const session = await execBeside(connection, {
    container,
    request: { argv: INSIDE_CALL, env: {}, cwd: '/' },
    io: { tty: false, stdin: undefined, stdout: into('out'), stderr: into('err'), size: undefined },
  });
  const late = sleep(ANSWER_DEADLINE_MS, 'late' as const, { ref: false });
  const exitCode = await Promise.race([session.exitCode, late]);
  if (exitCode === 'late') {
    await session.detach();
    throw refusal([`asked for its kernel it does not answer within ${ANSWER_DEADLINE_MS / 1000} s`]);
  }
  if (exitCode !== 0) throw refusal([`asked for its kernel it said: ${said.err.trim() || exitCode}`]);
  return insideIn(said.out);
}

const refusal = (details: readonly string[]): BottleError =>
  new BottleError('rungUnavailable', "the container is not seen to be a machine of Kata's", {
    details,
    fix: knownFix(details.join('\n')) ?? SEE_KATA,
  });
