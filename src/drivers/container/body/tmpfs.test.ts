import { expect, test } from 'vitest';
import { mostFilesIn } from '../../most-files.ts';
import { bodyDialect } from '../engine/docker.ts';
import { podmanBodyDialect, podmanHabits } from '../engine/podman.ts';
import type { ContainerPlan } from './hardening.ts';
import { folderSizesIn, tmpfsOf } from './tmpfs.ts';

const MIB = 1024 ** 2;
const PLAN: ContainerPlan = {
  name: 'bot-bottle-x',
  bottleId: 'x',
  image: 'image',
  argv: ['true'],
  env: {},
  cwd: '/',
  owner: { uid: 1000, gid: 1000 },
  tty: false,
  stdin: false,
  limits: { memoryBytes: 512 * MIB, cpus: 1, pids: 64 },
  mounts: [],
  scratch: [{ guestPath: '/tmp', sizeBytes: 64 * MIB, executable: true, private: false }],
  network: { kind: 'none' },
  sysctls: {},
  capabilities: [],
  boundsFiles: true,
};

test('Docker gets the number of files, for /dev/shm too', () => {
  expect(tmpfsOf(PLAN, bodyDialect('runc'))).toEqual({
    '/tmp': `rw,nosuid,nodev,exec,size=${64 * MIB},nr_inodes=4096,mode=1777`,
    '/dev/shm': `rw,nosuid,nodev,noexec,size=${64 * MIB},nr_inodes=4096,mode=1777`,
  });
});

test('Podman cannot get it, so the number of files is limited afterwards', () => {
  expect(tmpfsOf(PLAN, podmanBodyDialect(true))).toEqual({
    '/tmp': `rw,nosuid,nodev,exec,size=${64 * MIB},mode=1777,notmpcopyup`,
    '/dev/shm': `rw,nosuid,nodev,noexec,size=${64 * MIB},mode=1777,notmpcopyup`,
  });
  expect(mostFilesIn(folderSizesIn(PLAN))).toEqual({ '/tmp': 4096, '/dev/shm': 4096 });
});

test('a runtime with another kernel gets no number of files', () => {
  const foreign = { ...PLAN, boundsFiles: false };
  expect(folderSizesIn(foreign)).toEqual({});
  expect(Object.values(tmpfsOf(foreign, bodyDialect('runsc'))).join('')).not.toContain('nr_inodes');
});

test('Podman 4.3 gets read-only folders where it would add writable ones, unless the container has its own', () => {
  const closed = 'ro,nosuid,nodev,noexec,size=4096,mode=0755,notmpcopyup';
  const old = podmanBodyDialect(true, podmanHabits('4.3.1'));
  const mounted = { ...PLAN, mounts: [{ hostPath: '/host', guestPath: '/var/tmp', readOnly: true }] };
  expect(tmpfsOf(PLAN, old)).toEqual({
    ...tmpfsOf(PLAN, podmanBodyDialect(true)),
    '/run': closed,
    '/var/tmp': closed,
  });
  expect(Object.keys(tmpfsOf(mounted, old)).toSorted()).toEqual(['/dev/shm', '/run', '/tmp']);
});
