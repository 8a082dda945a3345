import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { groupFaults, readGroupBounds, withoutSwap } from './group-bounds.ts';

const LIMITS = { memoryBytes: 1_073_741_824, cpus: 1.5, pids: 512 };
const PATH = '/machine/libpod-1';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'groups-'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

function write(path: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(root + path, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(`${root}${path}/${name}`, `${text}\n`);
}

const faults = (path: string, isUnified: boolean): readonly string[] =>
  groupFaults(readGroupBounds(LIMITS, () => ({ path, isUnified, hostPath: root + path })));

const V1 = {
  'memory.limit_in_bytes': '1073741824',
  'memory.memsw.limit_in_bytes': '1073741824',
  'pids.max': '512',
  'cpu.cfs_quota_us': '150000',
  'cpu.cfs_period_us': '100000',
};
const V2 = {
  'memory.max': '1073741824',
  'memory.swap.max': '0',
  'pids.max': '512',
  'cpu.max': '150000 100000',
};

test('version 1 enforces the requested bounds or less', () => {
  write(PATH, V1);
  expect(faults(PATH, false)).toEqual([]);
  write(PATH, { 'pids.max': '100' });
  expect(faults(PATH, false)).toEqual([]);
});

test('version 1 without a limit is a difference', () => {
  const unlimited = String(9_223_372_036_854_771_712n);
  write(PATH, { ...V1, 'memory.limit_in_bytes': unlimited, 'memory.memsw.limit_in_bytes': unlimited });
  write(PATH, { 'pids.max': 'max', 'cpu.cfs_quota_us': '-1' });
  expect(faults(PATH, false).map((line) => line.split(':')[0])).toEqual(['memory', 'swap', 'pids', 'cpus']);
});

test('version 2 enforces the bounds, in the group or in one above', () => {
  write(PATH, V2);
  expect(faults(PATH, true)).toEqual([]);
  write(`${PATH}/container`, { 'memory.max': 'max', 'memory.swap.max': 'max', 'pids.max': 'max' });
  expect(faults(`${PATH}/container`, true)).toEqual([]);
});

test('version 2 with a higher limit is a difference', () => {
  write(PATH, { ...V2, 'memory.swap.max': 'max', 'cpu.max': 'max 100000' });
  expect(faults(PATH, true)).toEqual([
    'swap: at most 0 was asked for, the kernel has no limit (memory.swap.max)',
    'cpus: at most 1.5 was asked for, the kernel has no limit (cpu.max)',
  ]);
});

test('an unreadable limit, or one that is no number, is not confirmed', () => {
  write(PATH, { ...V1, 'pids.max': 'many', 'memory.limit_in_bytes': '' });
  rmSync(`${root}${PATH}/cpu.cfs_quota_us`);
  expect(faults(PATH, false).map((line) => line.split(':')[0])).toEqual(['memory', 'pids', 'cpus']);
  expect(groupFaults(readGroupBounds(LIMITS, () => undefined))).toHaveLength(4);
});

test.each([
  [false, V1, 'memory.memsw.limit_in_bytes'],
  [true, V2, 'memory.swap.max'],
])(
  'a kernel that does not count swap is enough where the host has none (version 2: %s)',
  (isUnified, files, file) => {
    write(PATH, files);
    rmSync(`${root}${PATH}/${file}`);
    const readings = readGroupBounds(LIMITS, () => ({ path: PATH, isUnified, hostPath: root + PATH }));
    expect(groupFaults(readings)).toEqual([`swap: ${file} cannot be read, so nothing confirms the limit`]);
    expect(groupFaults(withoutSwap(readings))).toEqual([]);
  },
);

test('an unset swap limit is none, whether or not the host has swap', () => {
  write(PATH, { ...V2, 'memory.swap.max': 'max' });
  const readings = readGroupBounds(LIMITS, () => ({ path: PATH, isUnified: true, hostPath: root + PATH }));
  expect(groupFaults(withoutSwap(readings))).toEqual([expect.stringContaining('swap: at most 0')]);
});
