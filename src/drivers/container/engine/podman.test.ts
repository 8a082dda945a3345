import { expect, test } from 'vitest';
import { PODMAN_NOW, podmanHabits } from './podman.ts';

test('Podman 4.3 adds writable folders, raises the process limit, and calls a private IPC namespace shareable', () => {
  expect(podmanHabits('4.3.1')).toEqual({
    addsTmpfsAt: ['/run', '/tmp', '/var/tmp'],
    raisesProcesses: true,
    callsOwnIpcShareable: true,
  });
});

test('from Podman 4.4 on, the IPC namespace must have the requested name', () => {
  for (const version of ['4.4.0', '4.10.2', '5.0.0', '6.1'])
    expect(podmanHabits(version).callsOwnIpcShareable).toBe(false);
});

test('the answers of Podman 5 and newer are used unchanged', () => {
  for (const version of ['5.0.0-rc1', '5.4.2', '6.0.0']) expect(podmanHabits(version)).toEqual(PODMAN_NOW);
});
