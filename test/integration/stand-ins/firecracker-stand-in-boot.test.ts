import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { awaitApi, callApi, callInOrder } from '../../../src/drivers/microvm/vmm/api.ts';
import {
  bootRequests,
  loadRequest,
  saveRequests,
  versionProblem,
  type ApiRequest,
} from '../../../src/drivers/microvm/vmm/firecracker.ts';
import { RESUME, STOP } from '../../support/firecracker/requests.ts';
import { removeProcesses } from '../../../src/drivers/sandbox/life.ts';
import { isRunning } from '../../../src/host/processes.ts';
import {
  copyGuest,
  makeGuest,
  SAVED,
  startFirecracker,
  type Guest,
  type GuestVmm,
} from '../../support/firecracker/guest.ts';
import { installStandIn } from '../../support/firecracker/install.ts';

/**
 * Boots a bottle's guest in a bottle's sandbox by requests to Firecracker, with the stand-in for it: Firecracker itself
 * has not been run here. The stand-in checks each request and each answer against the description that Firecracker's
 * project has published.
 */

const SAVE_MS = 60_000;
const INFO = { method: 'GET', path: '/' } as const;
const IDS = ['fc-test-first', 'fc-test-second', 'fc-test-third'] as const;
let dir: string;
let programPath: string;
let guest: Guest;
let vmm: GuestVmm;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'fc-'));
  [programPath, guest] = await Promise.all([installStandIn(dir), makeGuest(IDS[0], dir)]);
  vmm = await startFirecracker(guest, programPath);
  await callInOrder(vmm.socketPath, bootRequests(vmm.machine));
}, 300_000);

afterAll(async () => {
  await removeProcesses(IDS.map((bottleId) => ({ kind: 'processes', bottleId })));
  await rm(dir, { recursive: true, force: true });
});

test('a machine starts, answers, and has the requested settings', async () => {
  expect(versionProblem(vmm.version)).toBeUndefined();
  const said = await vmm.exec(
    'id -un; uname -r; hostname; cat /sys/class/net/eth0/address; nproc; cat /proc/cmdline',
  );
  expect(said).toMatch(/^root\n\S+cloud\S*\nbottle\n02:00:0a:c8:00:02\n1\n.*8250.nr_uarts=0/);
});

/** The refusal in any wording: the words change between releases of Firecracker. */
const refusalOf = ({ method, path }: ApiRequest) => ({
  code: 'rungUnavailable',
  message: `Firecracker refuses ${method} ${path}`,
});

test('a running machine is not started again or changed', async () => {
  for (const request of [...bootRequests(vmm.machine), loadRequest(SAVED)])
    await expect(callApi(vmm.socketPath, request)).rejects.toMatchObject(refusalOf(request));
});

test('a running machine is not saved before it is paused', async () => {
  const [, save = RESUME] = saveRequests(SAVED);
  await expect(callApi(vmm.socketPath, save)).rejects.toMatchObject(refusalOf(save));
});

test('a saved machine resumes where it was, in another sandbox', async () => {
  await vmm.exec('echo before >/run/before; cp /run/before /root/on-disk; sync');
  for (const request of saveRequests(SAVED)) await callApi(vmm.socketPath, request, SAVE_MS);
  expect(await callApi(vmm.socketPath, INFO)).toMatchObject({ state: 'Paused' });
  const copy = await copyGuest(guest, IDS[1]); // with the state of its disks while it is paused
  await callApi(vmm.socketPath, RESUME);
  expect(await vmm.exec('cat /run/before')).toBe('before\n');
  await vmm.exec('echo later >/run/before; echo later >/root/on-disk; sync');

  const second = await startFirecracker(copy, programPath);
  await callApi(second.socketPath, loadRequest(SAVED), SAVE_MS);
  expect(await callApi(second.socketPath, INFO)).toMatchObject({ state: 'Running' });
  expect(await second.exec('cat /run/before /root/on-disk')).toBe('before\nbefore\n');
  expect(await vmm.exec('cat /run/before /root/on-disk')).toBe('later\nlater\n');
  await (await second.bottle).kill();
});

test('a saved state that cannot be loaded ends the machine and its sandbox', async () => {
  const third = await startFirecracker(await makeGuest(IDS[2], dir), programPath);
  await expect(callApi(third.socketPath, loadRequest(SAVED))).rejects.toMatchObject(
    refusalOf(loadRequest(SAVED)),
  );
  await expect(third.bottle).rejects.toMatchObject({
    details: expect.arrayContaining(['the machine ended']) as string[],
  });
  const gone = awaitApi({
    socketPath: third.socketPath,
    ended: Promise.resolve('it ended'),
    timeoutMs: 1_000,
  });
  await expect(gone).rejects.toThrow('ended before it could be asked anything');
});

// Runs last: it removes the machine.
test('the stand-in ends with its machine, and its sandbox with it', async () => {
  const { init } = await vmm.bottle;
  expect(isRunning(init)).toBe(true);
  await callApi(vmm.socketPath, STOP);
  await vi.waitUntil(() => !isRunning(init), { timeout: 20_000 });
});
