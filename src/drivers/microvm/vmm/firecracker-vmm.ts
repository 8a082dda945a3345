import { BottleError } from '../../../errors.ts';
import { installAll, readOsRelease } from '../../../host/system/distribution.ts';
import { awaitApi, callApi, callInOrder } from './api.ts';
import { bySocket } from './by-socket.ts';
import {
  bootRequests,
  firecrackerCommand,
  KERNEL_ARGUMENTS,
  loadRequest,
  saveRequests,
  versionProblem,
  type ApiRequest,
  type SavedMachine,
} from './firecracker.ts';
import { VM, type Machine } from './machine.ts';
import type { Vmm, VmmStart } from './vmm.ts';

/** Driver of Firecracker, which receives the machine's description through its API after its start. */

const SOCKET = 'api.sock';
const ANSWERS_MS = 10_000;
const NO_CONSOLE = '8250.nr_uarts=0';

const [STATE, MEMORY] = ['state', 'memory'];
const savedIn = (dir: string): SavedMachine => ({
  statePath: `${dir}/${STATE}`,
  memoryPath: `${dir}/${MEMORY}`,
});
/** Timeout of a save in milliseconds, which writes all the machine's memory. */
const SAVE_MS = 60_000;

/** No distribution packages Firecracker. */
const INSTALL =
  'put a release of Firecracker (1.14 or newer) into /usr/local/bin: docs/drivers/firecracker.md has the steps';

/** Implements the seam `Vmm`. */
export const FIRECRACKER_VMM: Vmm = {
  programName: 'firecracker',
  install: (others) =>
    others.length === 0 ? INSTALL : `${INSTALL}; then: ${installAll(others, readOsRelease())}`,
  versionIn: (said) => /Firecracker v?(\d+\.\d+\.\d+)/.exec(said)?.[1],
  versionProblem,
  accelerators: ['kvm'],
  startsImages: false,
  shown: (programPath) => [{ hostPath: programPath, path: VM.program, readOnly: true }],
  command: (_machine, { bottleId }) =>
    firecrackerCommand({ programPath: VM.program, id: bottleId, socketPath: `${VM.out}/${SOCKET}` }),
  asked: (machine, start) =>
    requestsFor(machine, start).map(({ method, path, body }) => `${method} ${path} ${JSON.stringify(body)}`),
  boot: async (machine, start, { outDir, ended }) =>
    await bySocket(outDir, SOCKET, async (socketPath) => {
      const version = await awaitApi({ socketPath, ended, timeoutMs: ANSWERS_MS });
      const problem = versionProblem(version);
      if (problem !== undefined)
        throw new BottleError('rungUnavailable', `Firecracker: ${problem}`, { fix: INSTALL });
      await callInOrder(socketPath, requestsFor(machine, start));
    }),
  save: async ({ outDir }) =>
    await bySocket(outDir, SOCKET, async (socketPath) => {
      for (const request of saveRequests(savedIn(VM.out))) await callApi(socketPath, request, SAVE_MS);
    }),
  savedNames: [STATE, MEMORY],
};

function requestsFor(machine: Machine, { purpose }: VmmStart): readonly ApiRequest[] {
  if (purpose === 'resume') return [loadRequest(savedIn(VM.saved))];
  if (purpose !== 'look') return bootRequests(machine);
  const told = KERNEL_ARGUMENTS.map((word) => (word === NO_CONSOLE ? 'console=ttyS0' : word));
  return bootRequests(machine, told);
}
