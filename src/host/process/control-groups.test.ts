import { expect, test } from 'vitest';
import { findControlGroup } from './control-groups.ts';

test("a process's control groups of separate hierarchies are read", () => {
  const text = '9:name=systemd:/\n8:pids:/docker/1\n4:memory:/docker/1\n1:cpu,cpuacct:/docker/1\n0::/\n';
  expect(findControlGroup(text, 'pids')).toEqual({
    path: '/docker/1',
    isUnified: false,
    hostPath: '/sys/fs/cgroup/pids/docker/1',
  });
  expect(findControlGroup(text, 'cpu')?.hostPath).toBe('/sys/fs/cgroup/cpu/docker/1');
});

test("a process's control group of the unified hierarchy is read", () => {
  expect(findControlGroup('0::/machine.slice/1\n', 'memory')).toEqual({
    path: '/machine.slice/1',
    isUnified: true,
    hostPath: '/sys/fs/cgroup/machine.slice/1',
  });
  expect(findControlGroup('', 'memory')).toBeUndefined();
});
