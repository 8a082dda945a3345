import { describe, expect, test } from 'vitest';
import { differences, type Reading, type Wanted } from './readback.ts';

const none = '0000000000000000';
const STATUS = `Name:\tperl
Uid:\t1234\t1234\t1234\t1234
Gid:\t1234\t1234\t1234\t1234
Groups:\t1234
CapInh:\t${none}
CapPrm:\t${none}
CapEff:\t${none}
CapBnd:\t${none}
CapAmb:\t${none}
NoNewPrivs:\t1
Seccomp:\t2
Cpus_allowed_list:\t0-1,3
`;
const MOUNTS = `150 67 0:40 /newroot / ro,nosuid,nodev,relatime - tmpfs tmpfs rw
152 150 254:0 /usr /usr ro,nosuid,nodev,relatime - ext4 /dev/vda rw
170 152 0:71 / /usr ro,nosuid,nodev,relatime - overlay none ro,lowerdir=/usr:/run/bot-bottle/empty
153 150 0:41 / /proc rw,nosuid,nodev,noexec - proc proc rw
154 153 0:21 /sys /proc/sys ro,nosuid,nodev - proc proc rw
156 155 0:6 /null /dev/null rw,nosuid - devtmpfs devtmpfs rw
162 155 0:43 / /dev/pts rw,nosuid,noexec - devpts devpts rw
163 150 0:44 / /tmp rw,nosuid,nodev - tmpfs tmpfs rw,nr_inodes=4096
164 150 254:0 /ws /work rw,nosuid,nodev - ext4 /dev/vda rw
165 164 254:9 / /work/with\\040blank rw,nosuid,nodev - ext4 /dev/vdb rw
`;
const LIMITS = `Limit                     Soft Limit           Hard Limit           Units
Max core file size        1                    1                    bytes
Max processes             20                   20                   processes
`;
const namespaces = (inode: number) =>
  Object.fromEntries(
    ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'user', 'uts'].map((kind) => [kind, `${kind}:[${inode}]`]),
  );

const good: Reading = {
  status: STATUS,
  limits: LIMITS,
  mounts: MOUNTS,
  uidMap: '      1000       1234          1\n',
  gidMap: '      1000       1234          1\n',
  interfaces: 'Inter-|   Receive\n face |bytes\n    lo:       0       0\n',
  routes: 'Iface\tDestination\tGateway\n',
  namespaces: namespaces(2),
  launcherNamespaces: namespaces(1),
  descriptors: {
    0: '/dev/null',
    1: '/dev/null',
    2: '/dev/null',
    3: 'anon_inode:[signalfd]',
    4: 'socket:[7]',
    5: 'socket:[8]',
  },
  folders: {
    mounts: MOUNTS,
    hostMounts: '67 1 254:0 / / rw - ext4 /dev/vda rw\n',
    folders: [{ guestPath: '/tmp', mountPath: '/tmp', sizeBytes: 1_048_576 }],
  },
};
const wanted: Wanted = {
  plan: {
    limits: {
      cpus: [0, 1, 3],
      expected: { 'Max processes': 20, 'Max core file size': 1 },
    },
    writable: ['/tmp', '/home/agent', '/dev/shm', '/dev/pts', '/proc', '/work'],
    folderSizes: { '/tmp': 1_048_576 },
    mostFiles: { '/tmp': 4096 },
    inside: { uid: 1000, gid: 1000 },
    boundingSet: none,
    links: [],
    devices: [],
    overlaid: ['/usr'],
  },
  owner: { uid: 1234, gid: 1234 },
  launchedByRoot: true,
};

const found = (changed: Partial<Reading>): readonly string[] => differences({ ...good, ...changed }, wanted);

describe('the readback of a sandbox', () => {
  test('a sandbox as requested passes', () => {
    expect(found({})).toEqual([]);
  });

  test.each<[string, Partial<Reading>, string]>([
    ['no filter', { status: STATUS.replace('Seccomp:\t2', 'Seccomp:\t0') }, 'Seccomp is 0, not 2'],
    [
      'as many files as it likes',
      { mounts: MOUNTS.replace(',nr_inodes=4096', '') },
      '/tmp may have other than 4096 files: rw',
    ],
    ['privileges can grow', { status: STATUS.replace('Privs:\t1', 'Privs:\t0') }, 'NoNewPrivs is 0, not 1'],
    [
      'a capability in the bounding set',
      { status: STATUS.replace(`Bnd:\t${none}`, 'Bnd:\t0000000000000400') },
      'CapBnd is 0000000000000400, not 0000000000000000',
    ],
    [
      'root on the host',
      { status: STATUS.replace('Uid:\t1234\t1234\t1234\t1234', 'Uid:\t0\t0\t0\t0') },
      'Uid is 0 0 0 0, not 1234 1234 1234 1234',
    ],
    [
      'a saved user id',
      { status: STATUS.replace('Uid:\t1234\t1234\t1234', 'Uid:\t1234\t1234\t0') },
      'Uid is 1234 1234 0 1234, not 1234 1234 1234 1234',
    ],
    [
      "root's groups",
      { status: STATUS.replace('Groups:\t1234', 'Groups:\t0 1234') },
      'Groups is 0 1234, not 1234',
    ],
    ['an empty status', { status: '' }, 'Seccomp is nothing, not 2'],
    ['more CPUs', { status: STATUS.replace('0-1,3', '0-3') }, 'runs on CPUs 0-3, not 0-1,3'],
    ['a wider map', { uidMap: '0 0 4294967295' }, 'uid_map is 0 0 4294967295, not 1000 1234 1'],
    [
      'a shared network',
      { namespaces: { ...namespaces(2), net: 'net:[1]' } },
      'shares its net namespace with the host',
    ],
    [
      'an unknown namespace',
      { namespaces: { ...namespaces(2), ipc: undefined as unknown as string } },
      'shares its ipc namespace with the host',
    ],
    ['another limit', { limits: LIMITS.replaceAll('20 ', '21 ') }, 'the limit "Max processes" is not 20'],
    [
      'a soft limit only',
      { limits: LIMITS.replace('20                   20 ', '20                   unlimited ') },
      'the limit "Max processes" is not 20',
    ],
    [
      'a folder of the host’s without an overlay',
      { mounts: MOUNTS.replace(/^170 .*\n/m, '') },
      "/usr shows the host's own folder, not an overlay: ext4",
    ],
    ['a writable /usr', { mounts: MOUNTS.replace('/usr ro', '/usr rw') }, '/usr can be written to'],
    ['a writable root', { mounts: MOUNTS.replace('/ ro', '/ rw') }, '/ can be written to'],
    [
      'writable settings of the kernel',
      { mounts: MOUNTS.replace('/proc/sys ro', '/proc/sys rw') },
      '/proc/sys can be written to',
    ],
    [
      'set-user-id in force',
      { mounts: MOUNTS.replace('/work rw,nosuid', '/work rw') },
      '/work is mounted with set-user-id programs in force',
    ],
    [
      'devices',
      { mounts: MOUNTS.replace('/work rw,nosuid,nodev', '/work rw,nosuid') },
      '/work is mounted with devices',
    ],
    [
      'an unplanned mount',
      { mounts: `${MOUNTS}170 150 0:9 / /run/docker.sock rw,nosuid,nodev - tmpfs tmpfs rw\n` },
      '/run/docker.sock can be written to',
    ],
    [
      'a name that only begins alike',
      { mounts: `${MOUNTS}170 150 0:9 / /workshop rw,nosuid,nodev - tmpfs tmpfs rw\n` },
      '/workshop can be written to',
    ],
    ['no mounts', { mounts: '' }, 'the root folder is not a separate mount'],
    [
      'a route',
      { routes: 'Iface\tDestination\neth0\t00000000\n' },
      'the network has routes: Iface\tDestination\neth0\t00000000',
    ],
    ['no loopback', { interfaces: '' }, 'the network has no loopback'],
    [
      'a leaked descriptor',
      { descriptors: { ...good.descriptors, 77: '/root/.ssh/id_rsa' } },
      'descriptor 77 is open: /root/.ssh/id_rsa',
    ],
    [
      'a greater folder',
      { folders: { ...good.folders, folders: [{ guestPath: '/tmp', mountPath: '/tmp', sizeBytes: 9e9 }] } },
      '/tmp may hold other than 1048576 bytes: 9000000000',
    ],
    [
      'a file among the known',
      { descriptors: { ...good.descriptors, 4: '/etc/shadow' } },
      'descriptor 4 is open: /etc/shadow',
    ],
    [
      'a terminal of the host',
      { descriptors: { ...good.descriptors, 0: '/dev/pts/3' } },
      'descriptor 0 is open: /dev/pts/3',
    ],
  ])('%s is a difference', (_, changed, line) => {
    expect(found(changed)).toContain(line);
  });
});

describe('a sandbox with a link', () => {
  const plan = { ...wanted.plan, links: ['bottle'] };
  const line = 'bottle\t0000C80A\t00000000\t0001';
  const interfaces = `${good.interfaces}bottle:       0       0\n`;
  const foundWith = (changed: Partial<Reading>): readonly string[] =>
    differences({ ...good, interfaces, routes: `${good.routes}${line}\n`, ...changed }, { ...wanted, plan });

  test('a sandbox with a link may have a route to the other end', () => {
    expect(foundWith({})).toEqual([]);
  });

  test.each([
    ['without it', { interfaces: good.interfaces }, /^the network has no bottle$/],
    [
      'with a route to who is behind it',
      { routes: `${good.routes}bottle\t00000000\t0100C80A\t0003\n` },
      /has routes: .*\nbottle\t00000000\t0100C80A\t0003$/,
    ],
    [
      'with a route of another',
      { routes: `${good.routes}eth0\t0000C80A\t00000000\t0001\n` },
      /has routes: .*\neth0\t0000C80A\t00000000\t0001$/,
    ],
  ])('a sandbox with a link is refused %s', (_, changed, difference) => {
    expect(foundWith(changed)).toEqual([expect.stringMatching(difference) as string]);
  });
});
