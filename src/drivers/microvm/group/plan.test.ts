import { describe, expect, test } from 'vitest';
import { groupFaults, ownGroup, type GroupReading } from './plan.ts';

const limits = { memoryBytes: 1_000_000_000, pids: 512 };

describe('a group of its own', () => {
  test('of version 1: one for memory, with what is swapped, and one for processes', () => {
    const { folders, files } = ownGroup('fixer-1', limits, 'v1');
    expect(folders).toEqual([
      '/sys/fs/cgroup/memory/bot-bottle-fixer-1',
      '/sys/fs/cgroup/pids/bot-bottle-fixer-1',
    ]);
    // The kernel refuses a bound on both that is lower than that on memory: in this order there is none yet.
    expect(files.map(({ path, value }) => `${path} ${value}`)).toEqual([
      '/sys/fs/cgroup/memory/bot-bottle-fixer-1/memory.limit_in_bytes 1000000000',
      '/sys/fs/cgroup/memory/bot-bottle-fixer-1/memory.memsw.limit_in_bytes 1000000000',
      '/sys/fs/cgroup/pids/bot-bottle-fixer-1/pids.max 512',
    ]);
  });

  test('of version 2: one for all, and nothing is swapped', () => {
    const { folders, files } = ownGroup('fixer-1', limits, 'v2');
    expect(folders).toEqual(['/sys/fs/cgroup/bot-bottle-fixer-1']);
    expect(files.map(({ path, value }) => `${path.slice(folders[0]?.length)} ${value}`)).toEqual([
      '/memory.max 1000000000',
      '/memory.swap.max 0',
      '/pids.max 512',
    ]);
  });
});

describe('what is read of it', () => {
  const reading: GroupReading = {
    members: [{ folder: '/g', text: '77\n771\n' }],
    bounds: [
      { path: '/g/memory.max', value: 1_000_000_000, text: '999997440\n' },
      { path: '/g/pids.max', value: 512, text: '512\n' },
    ],
  };

  test('is as it should be, pages rounded down', () => {
    expect(groupFaults(reading, 77)).toEqual([]);
  });

  test('confirms nothing where somebody else is in it', () => {
    expect(groupFaults(reading, 7)).toEqual(['the machine is not in the control group /g']);
  });

  test.each(['max\n', '513\n', '', '-1\n', 'ENOENT: no such file'])('confirms nothing by %j', (text) => {
    const bounds = [{ path: '/g/pids.max', value: 512, text }];
    expect(groupFaults({ ...reading, bounds }, 77)).toEqual([`/g/pids.max is ${text.trim()}, not 512`]);
  });
});
