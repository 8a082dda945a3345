import { join } from 'node:path';
import { BottleError } from '../../../errors.ts';
import { awaitApi, callInOrder } from './api.ts';
import {
  bootRequests,
  firecrackerCommand,
  KERNEL_ARGUMENTS,
  versionProblem,
  type ApiRequest,
} from './firecracker.ts';
import { VM, type Machine } from './machine.ts';
import type { Vmm, VmmStart } from './vmm.ts';

/** Firecracker, which has to be asked for a machine after it was started. */

const SOCKET = 'api.sock';
const ANSWERS_MS = 10_000;
const NO_CONSOLE = '8250.nr_uarts=0';

/** The seam's. It is not in a distribution's packages. */
export const FIRECRACKER_VMM: Vmm = {
  programName: 'firecracker',
  install: () =>
    'put a release of Firecracker (1.14 or newer) into /usr/local/bin: docs/drivers/firecracker.md has the steps',
  versionIn: (said) => /Firecracker v?(\d+\.\d+\.\d+)/.exec(said)?.[1],
  versionProblem,
  accelerators: ['kvm'],
  tries: 1,
  shown: (programPath) => [{ hostPath: programPath, path: VM.program, readOnly: true }],
  command: (_machine, { bottleId }) =>
    firecrackerCommand({ programPath: VM.program, id: bottleId, socketPath: `${VM.out}/${SOCKET}` }),
  asked: (machine, start) =>
    requestsFor(machine, start).map(({ method, path, body }) => `${method} ${path} ${JSON.stringify(body)}`),
  boot: async (machine, start, { outDir, ended }) => {
    const socketPath = join(outDir, SOCKET);
    const version = await awaitApi({ socketPath, ended, timeoutMs: ANSWERS_MS });
    const problem = versionProblem(version);
    if (problem !== undefined) throw new BottleError('rungUnavailable', `Firecracker: ${problem}`);
    await callInOrder(socketPath, requestsFor(machine, start));
  },
};

function requestsFor(machine: Machine, { hasConsole }: VmmStart): readonly ApiRequest[] {
  if (!hasConsole) return bootRequests(machine);
  const told = KERNEL_ARGUMENTS.map((word) => (word === NO_CONSOLE ? 'console=ttyS0' : word));
  return bootRequests(machine, told);
}
