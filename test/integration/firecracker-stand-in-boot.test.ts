import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { awaitApi, callApi, callInOrder } from '../../src/drivers/microvm/vmm/api.ts';
import {
  bootRequests,
  loadRequest,
  RESUME,
  saveRequests,
  STOP,
} from '../../src/drivers/microvm/vmm/firecracker.ts';
import { runOrThrow } from '../../src/host/run.ts';
import { findProcessesOf } from '../../src/host/processes.ts';
import { makeGuest, startFirecracker, type Guest, type GuestVmm } from '../support/firecracker/guest.ts';
import { installStandIn } from '../support/firecracker/install.ts';

/**
 * A bottle's guest, started by what is said to Firecracker, on the stand-in for it: Firecracker itself has not been run here. The
 * stand-in checks each request and each answer against the description that Firecracker's project has published.
 */

const BOTTLE_ID = 'firecracker-stand-in-test';
const SAVED = { statePath: '/vm/run/state', memoryPath: '/vm/run/memory' };
const SAVE_MS = 60_000;
let dir: string;
let programPath: string;
let guest: Guest;
let vmm: GuestVmm;

/** With its owner, and its holes. */
const copyFile = async (from: string, to: string): Promise<string> =>
  await runOrThrow('cp', ['--archive', '--sparse=always', from, to]);

const INFO = { method: 'GET', path: '/' } as const;

/** The first one has the guest's own disk, others have a copy. */
const start = async (name: string, scratchPath = guest.scratchPath): Promise<GuestVmm> => {
  const started = await startFirecracker({
    guest: { ...guest, scratchPath },
    bottleId: BOTTLE_ID,
    programPath,
    runDir: join(dir, name),
  });
  const { socketPath, ended } = started;
  expect(await awaitApi({ socketPath, ended, timeoutMs: 10_000 })).toBe('1.16.1');
  return started;
};

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'fc-'));
  [programPath, guest] = await Promise.all([installStandIn(dir), makeGuest(dir)]);
  vmm = await start('first');
  await callInOrder(vmm.socketPath, bootRequests(guest.machine));
}, 300_000);

afterAll(async () => {
  await vmm.end();
  await vi.waitUntil(() => findProcessesOf(BOTTLE_ID).length === 0, { timeout: 10_000 });
  await rm(dir, { recursive: true, force: true });
});

test('ssh answers in the machine, which is as it was asked for', async () => {
  const { stdout, stderr } = await vmm.exec(
    'id -un; uname -r; hostname; cat /sys/class/net/eth0/address; nproc; cat /proc/cmdline; echo x >/dev/vda',
  );
  expect(stdout, stderr).toMatch(/^root\n\S+cloud\S*\nbottle-1\n02:00:0a:c8:00:02\n1\n.*8250.nr_uarts=0/);
  expect(stderr).toMatch(/vda: Operation not permitted|write error/);
});

test('it is started once, and what it has is not changed any more', async () => {
  for (const request of [...bootRequests(guest.machine), loadRequest(SAVED)]) {
    await expect(callApi(vmm.socketPath, request)).rejects.toMatchObject({
      code: 'rungUnavailable',
      details: ['The requested operation is not supported after starting the microVM.'],
    });
  }
});

test('it is saved standing still only', async () => {
  const [, save = RESUME] = saveRequests(SAVED);
  await expect(callApi(vmm.socketPath, save)).rejects.toMatchObject({
    details: [expect.stringContaining('it is not paused')],
  });
});

test('a machine that was saved goes on: where it was, or in another network', async () => {
  await vmm.exec('echo before >/run/before; cp /run/before /root/on-disk; sync');
  for (const request of saveRequests(SAVED)) await callApi(vmm.socketPath, request, SAVE_MS);
  expect(await callApi(vmm.socketPath, INFO)).toMatchObject({ state: 'Paused' });
  // Its disk as it was then: the machine that is saved knows it so, and the first one goes on with its own.
  const savedScratch = join(dir, 'scratch-then');
  await copyFile(guest.scratchPath, savedScratch);
  await callApi(vmm.socketPath, RESUME);
  expect((await vmm.exec('cat /run/before')).stdout).toBe('before\n');
  await vmm.exec('echo later >/run/before; echo later >/root/on-disk; sync');

  const second = await start('second', savedScratch);
  try {
    await copyFile(join(dir, 'first/state'), join(dir, 'second/state'));
    await copyFile(join(dir, 'first/memory'), join(dir, 'second/memory'));
    await callApi(second.socketPath, loadRequest(SAVED), SAVE_MS);
    expect(await callApi(second.socketPath, INFO)).toMatchObject({ state: 'Running' });
    const { stdout, stderr } = await second.exec('cat /run/before /root/on-disk');
    expect(stdout, stderr).toBe('before\nbefore\n');
    expect((await vmm.exec('cat /run/before /root/on-disk')).stdout).toBe('later\nlater\n');
  } finally {
    await second.end();
  }
});

test('what cannot be loaded ends it', async () => {
  const other = await start('third', join(dir, 'scratch-then'));
  await expect(callApi(other.socketPath, loadRequest(SAVED))).rejects.toMatchObject({
    details: [expect.stringContaining('Failed to restore from snapshot')],
  });
  expect(await other.ended).toMatch(/^exit code 1/);
});

// The last one: the machine is gone.
test('it ends with its machine', async () => {
  await callApi(vmm.socketPath, STOP);
  expect(await vmm.ended).toMatch(/^exit code 0/);
});
