import { describe, expect, test } from 'vitest';
import { findControlGroup } from '../../../host/process/control-groups.ts';
import { groupFaults, groupPlace, ownGroup, type GroupReading, type OwnGroups } from './plan.ts';

const limits = { memoryBytes: 1_000_000_000, pids: 512 };

/** By /proc/PID/cgroup, and the files of the launcher's own group. */
const ownBy = (text: string, files: Readonly<Record<string, string>> = {}): OwnGroups => ({
  memory: findControlGroup(text, 'memory'),
  pids: findControlGroup(text, 'pids'),
  textOf: (name) => files[name],
});

function groupBy(own: OwnGroups) {
  const place = groupPlace(own);
  return 'whyNot' in place ? place : ownGroup('fixer-1', limits, place);
}

const filesOf = (own: OwnGroups): readonly string[] => {
  const group = groupBy(own);
  return 'whyNot' in group ? [group.whyNot] : group.files.map(({ path, value }) => `${path} ${value}`);
};

describe('of version 1', () => {
  const own = ownBy('8:pids:/\n4:memory:/system.slice/a.service\n0::/\n');

  test('it is below the launcher’s own, of memory with what is swapped, and of processes', () => {
    // The kernel refuses a bound on memory and swap below the bound on memory. In this order, that bound does not exist
    // yet when the bound on memory is set.
    expect(filesOf(own)).toEqual([
      '/sys/fs/cgroup/memory/system.slice/a.service/bot-bottle-fixer-1/memory.limit_in_bytes 1000000000',
      '/sys/fs/cgroup/memory/system.slice/a.service/bot-bottle-fixer-1/memory.memsw.limit_in_bytes 1000000000',
      '/sys/fs/cgroup/pids/bot-bottle-fixer-1/pids.max 512',
    ]);
  });

  test('nothing has to be allowed for it', () => {
    expect(groupBy(own)).toMatchObject({ folders: [{ controllers: [] }, { controllers: [] }] });
  });
});

describe('of version 2', () => {
  const inService = '0::/user.slice/a.scope\n';
  const free = { 'memory.high': 'max\n', 'cpu.max': 'max 100000\n', 'cpuset.cpus': '\n', 'io.max': '' };

  test('it is beside the launcher’s own, and nothing is swapped', () => {
    expect(filesOf(ownBy(inService, { ...free, 'memory.max': 'max\n', 'pids.max': 'max\n' }))).toEqual([
      '/sys/fs/cgroup/user.slice/bot-bottle-fixer-1/memory.max 1000000000',
      '/sys/fs/cgroup/user.slice/bot-bottle-fixer-1/memory.swap.max 0',
      '/sys/fs/cgroup/user.slice/bot-bottle-fixer-1/pids.max 512',
    ]);
  });

  test('it has no more than what the launcher is held to', () => {
    const files = { ...free, 'memory.max': '500000000\n', 'memory.swap.max': '7\n', 'pids.max': '100\n' };
    expect(filesOf(ownBy(inService, files)).map((file) => file.split(' ')[1])).toEqual([
      '500000000',
      '0',
      '100',
    ]);
  });

  test('there is none where it would get round what holds the launcher otherwise', () => {
    for (const held of [
      { 'cpu.max': '50000 100000\n' },
      { 'cpuset.cpus': '0\n' },
      { 'io.max': '8:0 rbps=1 wbps=max\n' },
      { 'memory.high': '5\n' },
    ]) {
      const [name = ''] = Object.keys(held);
      expect(filesOf(ownBy(inService, { ...free, ...held }))).toEqual([
        `one would not be held to what holds this program: /sys/fs/cgroup/user.slice/a.scope/${name}`,
      ]);
    }
  });

  test('in the root group, which has none of these files, it is below that', () => {
    expect(groupBy(ownBy('0::/\n'))).toMatchObject({
      folders: [{ path: '/sys/fs/cgroup/bot-bottle-fixer-1', controllers: ['memory', 'pids'] }],
    });
  });
});

test.each(['', '4:memory:/\n', '4:memory:/\n0::/\n'])('there is none by %j', (text) => {
  expect(filesOf(ownBy(text))).toEqual(['this host has no control groups for memory and processes']);
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
