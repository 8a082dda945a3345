import { expect, test } from 'vitest';
import { run } from '../../host/run.ts';
import { insideFaults, insideIn, INSIDE_CALL } from './inside.ts';

const HOST = 'Linux version 6.12.48+deb13-amd64 (debian-kernel@lists.debian.org) #1 SMP\n';
const GUEST = 'Linux version 6.18.5 (@4bcec8f4443d) #1 SMP Fri Aug 21 09:00:00 UTC 2026';

test('a guest says its kernel and its interfaces', () => {
  expect(insideIn(`${GUEST}\nInter-|\nface\nlo\neth0\n`)).toEqual({ kernel: GUEST, interfaces: ['eth0'] });
});

test('the script says both with builtins of a shell alone', async () => {
  const here = async (): Promise<string[]> =>
    (await run('ls', ['/sys/class/net'])).stdout.split('\n').filter((name) => name !== '' && name !== 'lo');
  const before = await here();
  const { stdout } = await run('env', ['PATH=/nonexistent', ...INSIDE_CALL]);
  const after = await here();
  const { kernel, interfaces } = insideIn(stdout);
  expect(kernel).toMatch(/^Linux version /);
  // Interfaces come and go on a host whose engine is at work.
  expect(before.filter((name) => after.includes(name) && !interfaces.includes(name))).toEqual([]);
  expect(interfaces.filter((name) => !/^\w[^\s:|]*$/.test(name) || ['lo', 'face'].includes(name))).toEqual(
    [],
  );
});

test.each([
  ['a machine of its own with a network', { kernel: GUEST, interfaces: ['eth0'] }, []],
  ['the host’s kernel', { kernel: HOST.trim(), interfaces: ['eth0'] }, [/host's own/]],
  ['a machine without a network', { kernel: GUEST, interfaces: [] }, [/kata-containers#9340/]],
  ['what says no kernel', { kernel: '', interfaces: ['eth0'] }, [/no kernel of its own/]],
])('%s', (_what, inside, faults) => {
  expect(insideFaults(inside, HOST)).toEqual(faults.map((fault) => expect.stringMatching(fault) as string));
});

test('a host that says no kernel proves nothing', () => {
  const inside = { kernel: GUEST, interfaces: ['eth0'] };
  expect(insideFaults(inside, '')).toEqual([expect.stringContaining('/proc/version')]);
});

test('the same release of another build is another kernel', () => {
  const kernel = HOST.trim().replace('debian-kernel@lists.debian.org', '@4bcec8f4443d');
  expect(insideFaults({ kernel, interfaces: ['eth0'] }, HOST)).toEqual([]);
});
