import { expect, test } from 'vitest';
import type { RungCheck } from '../drivers/driver.ts';
import { sshEnvironment, sshIdentities, sshMounts, sshSteps } from './ssh.ts';

const check = (hostSockets: boolean): RungCheck => ({
  rung: {
    runtime: 'kata',
    boundary: 'vm',
    engine: 'docker',
    traits: {
      ownNetworkStack: true,
      onlySockets: false,
      hasCompanions: true,
      joinedBy: 'root',
      gatewayAddress: '127.200.0.1',
      needsImage: true,
      sharesFiles: true,
      limits: 'cgroup',
      canDetach: true,
      minPids: 16,
      hostSockets,
      rootInside: true,
    },
  },
  status: 'ready',
  reason: '',
  fix: '',
  evidence: {},
});

const entry = {
  id: 'ssh[0] git.example.org',
  position: 'bot-bottle.yaml:1:1',
  host: 'git.example.org',
  port: 22,
  user: 'git',
  identityPath: '/no/such/key',
  knownHost: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMhHU6Hl5TqK0Z2b5hLYxTn6Tq2SOe1M2f3y6m8jJm3J',
};

test('where no socket leads out, entries are refused before their keys are looked at', async () => {
  const refused = sshIdentities([entry], check(false), () => undefined);
  await expect(refused).rejects.toMatchObject({
    code: 'rungUnavailable',
    message: expect.stringContaining(
      'kata on docker (vm) lets no bottle use a socket of the host',
    ) as unknown,
  });
  const looked = sshIdentities([entry], check(true), () => undefined);
  await expect(looked).rejects.toMatchObject({ code: 'manifest' });
});

test('without entries, nothing is given to a bottle', async () => {
  const none = await sshIdentities([], check(false), () => undefined);
  expect([none, sshMounts(none, '/run'), sshSteps(none), sshEnvironment(none)]).toEqual([[], [], [], {}]);
});
