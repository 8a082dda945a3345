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

describe('control groups of version 1', () => {
  const own = ownBy('8:pids:/\n4:memory:/system.slice/a.service\n0::/\n');

  test("a version 1 group is below the launcher's, with memory including swap, and processes", () => {
    // The kernel refuses a bound on memory and swap below the bound on memory. In this order, that bound does not exist
    // yet when the bound on memory is set.
    expect(filesOf(own)).toEqual([
      '/sys/fs/cgroup/memory/system.slice/a.service/bot-bottle-fixer-1/memory.limit_in_bytes 1000000000',
      '/sys/fs/cgroup/memory/system.slice/a.service/bot-bottle-fixer-1/memory.memsw.limit_in_bytes 1000000000',
      '/sys/fs/cgroup/pids/bot-bottle-fixer-1/pids.max 512',
    ]);
  });

  test('a version 1 group needs no enabled controllers', () => {
    expect(groupBy(own)).toMatchObject({ folders: [{ controllers: [] }, { controllers: [] }] });
  });
});

describe('control groups of version 2', () => {
  const inService = '0::/user.slice/a.scope\n';
  const free = { 'memory.high': 'max\n', 'cpu.max': 'max 100000\n', 'cpuset.cpus': '\n', 'io.max': '' };

  test("a version 2 group is beside the launcher's, without swap", () => {
    expect(filesOf(ownBy(inService, { ...free, 'memory.max': 'max\n', 'pids.max': 'max\n' }))).toEqual([
      '/sys/fs/cgroup/user.slice/bot-bottle-fixer-1/memory.max 1000000000',
      '/sys/fs/cgroup/user.slice/bot-bottle-fixer-1/memory.swap.max 0',
      '/sys/fs/cgroup/user.slice/bot-bottle-fixer-1/pids.max 512',
    ]);
  });

  test("a version 2 group has no more than the launcher's bounds", () => {
    const files = { ...free, 'memory.max': '500000000\n', 'memory.swap.max': '7\n', 'pids.max': '100\n' };
    expect(filesOf(ownBy(inService, files)).map((file) => file.split(' ')[1])).toEqual([
      '500000000',
      '0',
      '100',
    ]);
  });

  test("a version 2 group is not made where it would escape the launcher's other bounds", () => {
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

  test('a version 2 group is below the root group, which has no such files', () => {
    expect(groupBy(ownBy('0::/\n'))).toMatchObject({
      folders: [{ path: '/sys/fs/cgroup/bot-bottle-fixer-1', controllers: ['memory', 'pids'] }],
    });
  });
});

test.each(['', '4:memory:/\n', '4:memory:/\n0::/\n'])('no group is made by %j', (text) => {
  expect(filesOf(ownBy(text))).toEqual(['this host has no control groups for memory and processes']);
});

describe('the readback of a group', () => {
  const reading: GroupReading = {
    members: [{ folder: '/g', text: '77\n771\n' }],
    bounds: [
      { path: '/g/memory.max', value: 1_000_000_000, text: '999997440\n' },
      { path: '/g/pids.max', value: 512, text: '512\n' },
    ],
  };

  test('a group as requested is confirmed, with pages rounded down', () => {
    expect(groupFaults(reading, 77)).toEqual([]);
  });

  test('a group with another process in it is not confirmed', () => {
    expect(groupFaults(reading, 7)).toEqual(['the machine is not in the control group /g']);
  });

  test.each(['max\n', '513\n', '', '-1\n', 'ENOENT: no such file'])(
    'a group with %j is not confirmed',
    (text) => {
      const bounds = [{ path: '/g/pids.max', value: 512, text }];
      expect(groupFaults({ ...reading, bounds }, 77)).toEqual([`/g/pids.max is ${text.trim()}, not 512`]);
    },
  );
});
