import { expect, test } from 'vitest';
import { jailerCommand, jailRoot, jailSocket, type JailOrder } from './jailer.ts';

const ORDER: JailOrder = {
  jailerPath: '/usr/local/bin/jailer',
  firecrackerPath: '/usr/local/bin/firecracker',
  id: 'claude-1a2b3c4d',
  owner: { uid: 1_879_100_000, gid: 1_879_100_000 },
  baseDir: '/srv/bot-bottle',
  networkPath: '/proc/4711/ns/net',
  cpus: 2,
  memoryMib: 512,
};

test('the command line', () => {
  expect(jailerCommand(ORDER)).toMatchInlineSnapshot(`
    [
      "/usr/local/bin/jailer",
      "--id",
      "claude-1a2b3c4d",
      "--exec-file",
      "/usr/local/bin/firecracker",
      "--uid",
      "1879100000",
      "--gid",
      "1879100000",
      "--chroot-base-dir",
      "/srv/bot-bottle",
      "--netns",
      "/proc/4711/ns/net",
      "--cgroup-version",
      "2",
      "--parent-cgroup",
      "bot-bottle",
      "--cgroup",
      "memory.max=603979776",
      "--cgroup",
      "memory.swap.max=0",
      "--cgroup",
      "cpu.max=200000 100000",
      "--cgroup",
      "pids.max=10",
      "--resource-limit",
      "no-file=256",
      "--",
      "--api-sock",
      "/run/api.sock",
      "--level",
      "Error",
    ]
  `);
});

test('its files and its socket are below the name of its program and its own', () => {
  expect(jailRoot(ORDER)).toBe('/srv/bot-bottle/firecracker/claude-1a2b3c4d/root');
  expect(jailSocket(ORDER)).toBe('/srv/bot-bottle/firecracker/claude-1a2b3c4d/root/run/api.sock');
});

test('it ends with its caller, and nothing of its protection is taken away', () => {
  expect(jailerCommand(ORDER).join(' ')).not.toMatch(/daemonize|new-pid-ns|no-seccomp|seccomp-filter/);
});

test('a socket that this host could not reach is refused before anything starts', () => {
  expect(() => jailerCommand({ ...ORDER, baseDir: `/srv/${'x'.repeat(80)}` })).toThrow('socket cannot be at');
});
