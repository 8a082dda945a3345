import { expect, test } from 'vitest';
import { run } from '../../host/run.ts';
import { insideFaults, insideIn, INSIDE_CALL, machineBoundFaults, type Inside } from './inside.ts';

const HOST = 'Linux version 6.12.48+deb13-amd64 (debian-kernel@lists.debian.org) #1 SMP\n';
const GUEST = 'Linux version 6.18.5 (@4bcec8f4443d) #1 SMP Fri Aug 21 09:00:00 UTC 2026';

/**
 * A report of Kata 4.1.0 on Docker 26.1.5 (runtime in Go, QEMU): a machine of 2 GB, `pids.max` without a limit, and no
 * filter. In the format of bot-bottle's script. The number of threads follows the kernel's own rule for such a machine,
 * an eighth of its memory.
 */
const RECORDED = [
  GUEST,
  '@/proc/meminfo MemTotal: 2097152',
  '@/proc/meminfo SwapTotal: 0',
  '@/proc/1/status Seccomp: 0',
  '@/proc/self/status Seccomp: 0',
  '@threads-max: 16384',
  '@pids.max: max',
  'Inter-|\nface\nlo\neth0',
].join('\n');

const MIB = 1024 * 1024;
const LIMITS = { memoryBytes: 404 * MIB, pids: 1024 };
const BOUNDED: Inside = {
  kernel: GUEST,
  interfaces: ['eth0'],
  memoryBytes: 404 * MIB,
  mostProcesses: 1024,
  seccomp: 2,
  seccompBeside: 2,
};

test('a guest reports its kernel and its interfaces', () => {
  expect(insideIn(`${GUEST}\nInter-|\nface\nlo\neth0\n`)).toMatchObject({
    kernel: GUEST,
    interfaces: ['eth0'],
  });
});

test("a machine with Kata's defaults exceeds all bounds, and each is named", () => {
  expect(machineBoundFaults(insideIn(RECORDED), LIMITS)).toEqual([
    `bytes of memory in its machine: ${2_097_152 * 1024}, where ${404 * MIB} were asked for`,
    'processes and threads in its machine: 16384, where 1024 were asked for',
    'no seccomp filter holds its first process: Seccomp 0',
  ]);
  expect(insideFaults(insideIn(RECORDED), HOST)).toEqual([]);
});

test.each<[string, Partial<Inside>, string[]]>([
  ['all is held', {}, []],
  ['one byte too many is had', { memoryBytes: 404 * MIB + 1 }, ['bytes of memory']],
  ['no memory is said', { memoryBytes: undefined }, ['bytes of memory']],
  ['one process too many is had', { mostProcesses: 1025 }, ['processes and threads']],
  ['no bound of processes is said', { mostProcesses: undefined }, ['processes and threads']],
  ['there is no filter', { seccomp: 0 }, ['no seccomp filter']],
  ['strict mode is not the filter', { seccomp: 1 }, ['no seccomp filter']],
  ['no mode is said', { seccomp: undefined }, ['no seccomp filter']],
])('where %s, the machine is judged by it', (_where, said, faults) => {
  expect(machineBoundFaults({ ...BOUNDED, ...said }, LIMITS)).toEqual(
    faults.map((fault) => expect.stringMatching(`^${fault}`) as string),
  );
});

test('swap counts as memory, and a control group as a bound of processes', () => {
  const inside = insideIn(
    `${GUEST}\n@/proc/meminfo MemTotal: 100\n@/proc/meminfo SwapTotal: 20\n@threads-max: 9000\n@pids.max: 64\neth0\n`,
  );
  expect(inside).toMatchObject({ memoryBytes: 120 * 1024, mostProcesses: 64, interfaces: ['eth0'] });
});

test('the script prints everything with builtins of a shell and cat', async () => {
  const here = async (): Promise<string[]> =>
    (await run('ls', ['/sys/class/net'])).stdout.split('\n').filter((name) => name !== '' && name !== 'lo');
  const before = await here();
  const { stdout } = await run('env', ['PATH=/nonexistent', ...INSIDE_CALL]);
  const after = await here();
  const { kernel, interfaces, memoryBytes, mostProcesses, seccomp, seccompBeside } = insideIn(stdout);
  expect({ memoryBytes, mostProcesses, looks: [seccomp, seccompBeside] }).toEqual({
    memoryBytes: expect.any(Number) as number,
    mostProcesses: expect.any(Number) as number,
    looks: [expect.any(Number), expect.any(Number)],
  });
  expect(kernel).toMatch(/^Linux version /);
  // Interfaces appear and disappear on a host whose engine is active.
  expect(before.filter((name) => after.includes(name) && !interfaces.includes(name))).toEqual([]);
  expect(interfaces.filter((name) => !/^\w[^\s:|]*$/.test(name) || ['lo', 'face'].includes(name))).toEqual(
    [],
  );
});

test.each([
  ['a machine of its own with a network', { kernel: GUEST, interfaces: ['eth0'] }, []],
  ['the host’s kernel', { kernel: HOST.trim(), interfaces: ['eth0'] }, [/host's own/]],
  ['a machine without a network', { kernel: GUEST, interfaces: [] }, [/kata-containers#9340/]],
  ['what says no kernel', { kernel: '', interfaces: ['eth0'] }, [/reports no kernel/]],
])("a guest's report: %s", (_what, inside, faults) => {
  expect(insideFaults({ ...BOUNDED, ...inside }, HOST)).toEqual(
    faults.map((fault) => expect.stringMatching(fault) as string),
  );
});

test('a host without a kernel version proves nothing', () => {
  expect(insideFaults(BOUNDED, '')).toEqual([expect.stringContaining('/proc/version')]);
});

test('the same release of another build is another kernel', () => {
  const kernel = HOST.trim().replace('debian-kernel@lists.debian.org', '@4bcec8f4443d');
  expect(insideFaults({ ...BOUNDED, kernel }, HOST)).toEqual([]);
});
