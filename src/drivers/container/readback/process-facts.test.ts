import { describe, expect, it } from 'vitest';
import {
  parseMounts,
  parseStatus,
  processDifferences,
  readProcessFacts,
  type ProcessFacts,
} from './process-facts.ts';

const CONFINED = parseStatus(
  [
    'Name:\tsh',
    'Uid:\t1000\t1000\t1000\t1000',
    'Gid:\t1000\t1000\t1000\t1000',
    ...['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'].map((set) => `${set}:\t0000000000000000`),
    'NoNewPrivs:\t1',
    'Seccomp:\t2',
  ].join('\n'),
);

const OURS = {
  mnt: 'mnt:[1]',
  pid: 'pid:[1]',
  net: 'net:[1]',
  ipc: 'ipc:[1]',
  uts: 'uts:[1]',
  cgroup: 'cgroup:[1]',
};
const THEIRS = {
  mnt: 'mnt:[2]',
  pid: 'pid:[2]',
  net: 'net:[2]',
  ipc: 'ipc:[2]',
  uts: 'uts:[2]',
  cgroup: 'cgroup:[2]',
};

const facts: ProcessFacts = {
  pid: 4711,
  commandLine: 'docker-init -- sh',
  status: CONFINED,
  namespaces: THEIRS,
  mounts: [
    { path: '/', type: 'overlay', isReadOnly: true },
    { path: '/proc', type: 'proc', isReadOnly: false },
    { path: '/proc/kpageflags', type: 'tmpfs', isReadOnly: false },
    { path: '/proc/sys', type: 'proc', isReadOnly: true },
    { path: '/sys', type: 'sysfs', isReadOnly: true },
    { path: '/sys/fs/cgroup', type: 'tmpfs', isReadOnly: false },
    { path: '/sys/fs/cgroup/pids', type: 'cgroup', isReadOnly: true },
  ],
};
const expected = {
  owner: { uid: 1000, gid: 1000 },
  ours: OURS,
  mayShare: [],
  network: 'net:[2]',
  masked: ['/proc/kpageflags'],
};

describe('processDifferences', () => {
  it('processDifferences finds nothing on a confined process', () => {
    expect(processDifferences(facts, expected)).toEqual([]);
  });

  it.each([
    ['Uid', '0\t0\t0\t0'],
    ['Gid', '1000\t0\t1000\t1000'],
    ['CapEff', '0000000000000400'],
    ['CapBnd', '00000000a80425fb'],
    ['NoNewPrivs', '0'],
    ['Seccomp', '0'],
  ])('processDifferences finds a wrong %s', (name, value) => {
    const found = processDifferences({ ...facts, status: { ...CONFINED, [name]: value } }, expected);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(name);
  });

  it('processDifferences counts an unreadable field as a difference', () => {
    expect(processDifferences({ ...facts, status: {} }, expected)).toHaveLength(9);
  });

  it.each(['mnt', 'pid', 'ipc', 'uts', 'cgroup'] as const)(
    'processDifferences finds a host %s namespace',
    (name) => {
      const namespaces = { ...THEIRS, [name]: OURS[name] };
      expect(processDifferences({ ...facts, namespaces }, expected)).toEqual([
        `the ${name} namespace is the host's`,
      ]);
    },
  );

  it("processDifferences finds a network that is not the holder's", () => {
    const found = processDifferences({ ...facts, namespaces: { ...THEIRS, net: 'net:[3]' } }, expected);
    expect(found).toEqual(["the network namespace is net:[3], not the bottle's own net:[2]"]);
  });

  it('processDifferences accepts the namespaces that an engine always shares', () => {
    const namespaces = { ...THEIRS, cgroup: OURS.cgroup };
    expect(processDifferences({ ...facts, namespaces }, { ...expected, mayShare: ['cgroup'] })).toEqual([]);
  });
});

describe('readProcessFacts', () => {
  it('readProcessFacts reads this process', async () => {
    const found = await readProcessFacts(process.pid);
    expect(found?.status['Pid']).toBe(String(process.pid));
    expect(found?.namespaces.net).toMatch(/^net:\[\d+\]$/);
  });

  it('readProcessFacts returns nothing for an absent process', async () => {
    expect(await readProcessFacts(2 ** 22 + 1)).toBeUndefined();
  });
});

it("readProcessFacts finds a file of the host's kernel that no mount hides", () => {
  const bare = { ...facts, mounts: facts.mounts.filter(({ path }) => path !== '/proc/kpageflags') };
  expect(processDifferences(bare, expected)).toEqual(["/proc/kpageflags of the host's kernel shows"]);
});

describe("settings of the host's kernel", () => {
  const says = (path: string): string[] => [`settings of the host's kernel can be written to: ${path}`];

  it.each(['/sys', '/sys/fs/cgroup/pids', '/proc/sys'])('the readback finds that %s is writable', (open) => {
    const mounts = facts.mounts.map((mount) =>
      mount.path === open ? { ...mount, isReadOnly: false } : mount,
    );
    expect(processDifferences({ ...facts, mounts }, expected)).toEqual(says(open));
  });

  it('the readback finds a kernel setting that is mounted elsewhere', () => {
    const mounts = [...facts.mounts, { path: '/mnt', type: 'sysfs', isReadOnly: false }];
    expect(processDifferences({ ...facts, mounts }, expected)).toEqual(says('/mnt'));
  });

  it('the readback takes a path without its own mount as open, because it is part of /proc', () => {
    const mounts = facts.mounts.filter(({ path }) => path !== '/proc/sys');
    expect(processDifferences({ ...facts, mounts }, expected)).toEqual(says('/proc/sys'));
  });

  it('the readback uses the options of the mount, not of its file system', () => {
    const line = '719 712 0:57 / /sys ro,nosuid,nodev,noexec,relatime shared:2 - sysfs sysfs rw';
    expect(parseMounts(line)).toEqual([{ path: '/sys', type: 'sysfs', isReadOnly: true }]);
    expect(parseMounts(line.replace(' ro,', ' rw,'))).toMatchObject([{ isReadOnly: false }]);
  });
});
