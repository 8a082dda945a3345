import { expect, test } from 'vitest';
import { machineLimits } from './limits.ts';

const MIB = 1024 ** 2;
const GIB = 1024 * MIB;
const spec = {
  id: 'box-1',
  resources: { cpus: 1.5, memoryBytes: 512 * MIB, pids: 100, diskBytes: GIB },
};
const host = {
  cpus: [0, 1, 2, 3],
  hardLimits: { processes: Infinity, openFiles: Infinity },
  fileBytes: [17 * GIB, 16 * GIB],
};
const limits = machineLimits(spec, host);

test("an attacker outside the machine has no more of the host than the machine's limits", () => {
  expect(limits.inside).toEqual([
    '/usr/bin/prlimit',
    '--nproc=512:512', // or it forks until no other process can
    '--nofile=65536:65536',
    `--data=${1536 * MIB}:${1536 * MIB}`, // or it takes the host's memory
    `--fsize=${17 * GIB}:${17 * GIB}`, // or one file that it may write to takes the host's disk
    '--core=1:1', // or a crash leaves its memory on the host, with the agent's data
  ]);
});

test('each soft limit equals its hard limit, so that none can be raised', () => {
  const numbers = limits.inside.slice(1).map((option) => option.split('=')[1]?.split(':'));
  expect(numbers.every((pair) => pair?.length === 2 && pair[0] === pair[1])).toBe(true);
});

test('the requested limits are read back', () => {
  const asked = limits.inside.slice(1).map((option) => Number(option.split(':')[1]));
  expect(Object.values(limits.expected)).toEqual(asked);
  expect(Object.keys(limits.expected)).toEqual([
    'Max processes',
    'Max open files',
    'Max data size',
    'Max file size',
    'Max core file size',
  ]);
});

test.each([
  { what: 'its own disk', diskBytes: 40 * GIB, memoryBytes: GIB, most: 40 * GIB },
  { what: 'its memory, saved', diskBytes: GIB, memoryBytes: 31 * GIB, most: 32 * GIB },
  { what: 'its work', diskBytes: GIB, memoryBytes: GIB, most: 17 * GIB },
])("the limit of file sizes is the machine's largest file: $what", ({ diskBytes, memoryBytes, most }) => {
  const resources = { ...spec.resources, diskBytes, memoryBytes };
  expect(machineLimits({ ...spec, resources }, host).expected['Max file size']).toBe(most);
});

test('a machine has as many CPUs as it may use, and no more', () => {
  expect(limits.cpus).toBe(2);
  expect(limits.allowedCpus).toHaveLength(2);
  expect(limits.outside).toEqual(['taskset', '-c', limits.allowedCpus.join(',')]);
  const all = machineLimits(spec, { ...host, cpus: [0, 1] });
  expect(all.allowedCpus.toSorted((a, b) => a - b)).toEqual([0, 1]);
  expect(all.outside).toEqual(['taskset', '-c', all.allowedCpus.join(',')]);
});

test('a machine is no larger than requested', () => {
  const resources = { ...spec.resources, memoryBytes: 512 * MIB - 1 };
  expect(machineLimits({ ...spec, resources }, host).memoryMib).toBe(511);
});

test('a lower limit of the host is used unchanged', () => {
  const low = machineLimits(spec, { ...host, hardLimits: { processes: 50, openFiles: 1024 } });
  expect(low.inside.slice(1, 3)).toEqual(['--nproc=50:50', '--nofile=1024:1024']);
  expect(low.expected).toMatchObject({ 'Max processes': 50, 'Max open files': 1024 });
});
