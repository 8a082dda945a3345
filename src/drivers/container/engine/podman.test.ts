import { expect, test } from 'vitest';
import { PODMAN_NOW, podmanHabits } from './podman.ts';

test('Podman 4.3 adds writable folders to a read-only root, raises the limit of processes, and calls a private IPC namespace shareable', () => {
  expect(podmanHabits('4.3.1')).toEqual({
    addsTmpfsAt: ['/run', '/tmp', '/var/tmp'],
    raisesProcesses: true,
    callsOwnIpcShareable: true,
  });
});

test('from Podman 4.4 on, the name of the IPC namespace must be what was asked for', () => {
  for (const version of ['4.4.0', '4.10.2', '5.0.0', '6.1'])
    expect(podmanHabits(version).callsOwnIpcShareable).toBe(false);
});

test('Podman 5 and newer are taken as they were', () => {
  for (const version of ['5.0.0-rc1', '5.4.2', '6.0.0']) expect(podmanHabits(version)).toEqual(PODMAN_NOW);
});
