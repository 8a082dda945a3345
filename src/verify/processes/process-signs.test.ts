import { pid } from 'node:process';
import { expect, test } from 'vitest';
import { makeNonce } from '../arena/nonce.ts';
import { PROBES } from '../probes/index.ts';
import { SIGN_NAMES, type Sign } from '../probes/probe.ts';
import { controlSign, findSign, numberOf, type Reference } from './process-signs.ts';
import { viewProcess, type Descriptor, type ProcessView } from './process-view.ts';

const own = viewProcess(pid);
if (own === undefined) throw new Error('this process is not seen');
const quiet: ProcessView = {
  ...own,
  addresses: ['0.0.0.0', '127.0.0.0', '127.0.0.1', '127.255.255.255'],
  status: {
    ...own.status,
    Uid: '1000 1000 1000 1000',
    Gid: '1000 1000 1000 1000',
    Groups: '',
    CapEff: '0000',
    CapPrm: '0000',
    CapAmb: '0000',
    NoNewPrivs: '1',
    Seccomp: '2',
  },
  descriptors: [],
  limits: { 'Max core file size': ['1', '1'] },
};
const NO_SOCKETS = { packet: [], raw: [], udp: [], udp6: [], unix: [], netlink: [] } as const;
const nonce = makeNonce();
const reference: Reference = {
  bottle: quiet,
  bystander: undefined,
  nonce,
  keys: '',
  hostName: 'host',
  clockMarks: new Set([16_000_000]),
  modulesCame: [],
};
const find = (sign: Sign, part: Partial<ProcessView>, more: Partial<Reference> = {}) =>
  findSign(sign, { ...quiet, ...part }, { ...reference, ...more });
const open = (part: Partial<Descriptor>): Partial<ProcessView> => ({
  descriptors: [
    {
      link: '/x',
      device: undefined,
      isFile: true,
      writable: true,
      fileSystem: 1,
      pid: undefined,
      ...part,
    },
  ],
});
const status = (part: Readonly<Record<string, string>>): Partial<ProcessView> => ({
  status: { ...(quiet.status as Record<string, string>), ...part },
});

test("a descriptor was taken if it is the other process's standard input, not an inherited one", () => {
  const [input] = open({ link: 'socket:[7]' }).descriptors ?? [];
  const [left] = open({ link: 'pipe:[8]' }).descriptors ?? [];
  if (input === undefined || left === undefined) throw new Error('there is no descriptor');
  const bystander = { ...quiet, descriptors: [input, left] };
  expect(find({ is: 'taken' }, { descriptors: [input] }, { bystander })).toContain('socket:[7]');
  expect(find({ is: 'taken' }, { descriptors: [left] }, { bystander })).toBeUndefined();
});

test('a process without anything shows no sign of an attempt', () => {
  const signs = PROBES.flatMap(({ oracle }) => (oracle.kind === 'process' ? [oracle.sign] : []));
  expect(signs.filter((sign) => find(sign, {}) !== undefined)).toEqual([]);
});

test.each<[Sign, Partial<ProcessView>]>([
  [{ is: 'descriptor', of: 'anon_inode:bpf-map' }, open({ link: 'anon_inode:bpf-map' })],
  [{ is: 'device' }, open({ device: 'block 8:0' })],
  [{ is: 'device' }, open({ device: 'char 1:11' })],
  [{ is: 'setting' }, open({ link: '/proc/sysrq-trigger', fileSystem: 0x9fa0 })],
  [{ is: 'setting' }, open({ link: '/sys/power/state', fileSystem: 0x6265_6572 })],
  [{ is: 'kernelFile' }, open({ link: '/proc/kcore', fileSystem: 0x9fa0, writable: false })],
  [{ is: 'namespace', of: 'user' }, { namespaces: { ...quiet.namespaces, user: 'user:[1]' } }],
  [{ is: 'namespace', of: 'pid' }, { namespaces: { ...quiet.namespaces, pid_for_children: 'pid:[1]' } }],
  [{ is: 'namespace' }, { namespaces: { ...quiet.namespaces, net: 'net:[1]' } }],
  [{ is: 'mount' }, { mounts: [`1 2 0:3 / /tmp/${nonce} rw - tmpfs x rw`] }],
  [{ is: 'root' }, { root: '/tmp/elsewhere' }],
  [{ is: 'capabilities' }, status({ CapPrm: '000001ffffffffff' })],
  [{ is: 'noNewPrivs' }, status({ NoNewPrivs: '0' })],
  [{ is: 'seccomp' }, status({ Seccomp: '0' })],
  [{ is: 'uidRoot' }, status({ Uid: '1000 1000 0 1000' })],
  [{ is: 'gidRoot' }, status({ Groups: '0 27' })],
  [{ is: 'otherUser' }, status({ Uid: '1000 0 0 0' })],
  [{ is: 'core' }, { limits: { 'Max core file size': ['unlimited', 'unlimited'] } }],
  [{ is: 'nice', of: '-11' }, { nice: -11 }],
  [{ is: 'policy', of: '1' }, { policy: 1 }],
  [{ is: 'mapped', of: '00000000' }, { mapped: ['00000000'] }],
  [
    { is: 'inTables', of: '198.51.100.' },
    { addresses: ['127.0.0.1', `198.51.100.${numberOf(nonce) - 512}`] },
  ],
  [
    { is: 'socket', of: 'packet' },
    { ...open({ link: 'socket:[7]' }), sockets: { ...NO_SOCKETS, packet: ['7'] } },
  ],
  [
    { is: 'unlistedSocket' },
    { ...open({ link: 'socket:[7]' }), sockets: { ...NO_SOCKETS, unix: ['8'] }, atLast: ['socket:[7]'] },
  ],
])('%o is a sign of an attempt', (sign, part) => {
  expect(find(sign, part)).toBeDefined();
});

test('a thing that every bottle has is no sign', () => {
  expect(find({ is: 'device' }, open({ device: 'char 1:3' }))).toBeUndefined();
  expect(
    find({ is: 'setting' }, open({ link: '/proc/7/oom_score_adj', fileSystem: 0x9fa0 })),
  ).toBeUndefined();
  // A device hides the file, and a bottle's own files are on a disk.
  expect(
    find({ is: 'kernelFile' }, open({ link: '/proc/kcore', isFile: false, device: 'char 1:3' })),
  ).toBeUndefined();
  expect(find({ is: 'setting' }, open({ link: '/proc/sys/x', fileSystem: 0x0102_1994 }))).toBeUndefined();
  const pair = { ...open({ link: 'socket:[7]' }), sockets: { ...NO_SOCKETS, unix: ['7'] } };
  expect(find({ is: 'unlistedSocket' }, { ...pair, atLast: ['socket:[7]'] })).toBeUndefined();
  // The tables are empty if the process ended before they were read.
  const ended = { ...open({ link: 'socket:[7]' }), sockets: NO_SOCKETS, atLast: [] };
  expect(find({ is: 'unlistedSocket' }, ended)).toBeUndefined();
  expect(
    find({ is: 'unlistedSocket' }, { ...open({ link: 'pipe:[9]' }), sockets: NO_SOCKETS }),
  ).toBeUndefined();
});

test('a change of the host is observed on the host', () => {
  const bystander: ProcessView = {
    ...quiet,
    pid: 7,
    ...status({ TracerPid: String(quiet.pid) }),
    limits: { 'Max open files': [String(numberOf(nonce)), '9999'] },
  };
  for (const is of ['tracer', 'filesOfHost'] as const) {
    expect(find({ is }, {}, { bystander })).toBeDefined();
    expect(find({ is }, {}, { bystander: quiet })).toBeUndefined();
  }
  expect(find({ is: 'pidfd' }, open({ pid: 7 }), { bystander })).toBeDefined();
  expect(
    find({ is: 'key' }, {}, { keys: `1a2b I--Q--- 1 perm 3f3f3f3f 0 0 user ${nonce}: 7` }),
  ).toBeDefined();
  expect(find({ is: 'hostName' }, {}, { hostName: nonce })).toBeDefined();
});

test('every sign has a control that no probe takes for an attempt', () => {
  for (const is of SIGN_NAMES) expect(controlSign({ is, of: '-' })).not.toEqual({ is, of: '-' });
});

test('a loaded module is named, and its control needs readable modules', () => {
  const named = status({ Name: nonce.slice(-12) });
  expect(find({ is: 'modulesCame' }, {}, { modulesCame: ['udp_diag', 'romfs'] })).toContain(
    'udp_diag, romfs',
  );
  expect(find({ is: 'modulesCame' }, {}, { modulesCame: [] })).toBeUndefined();
  expect(find({ is: 'modulesCame' }, {}, { modulesCame: undefined })).toBeUndefined();
  expect(controlSign({ is: 'modulesCame' })).toEqual({ is: 'ownNameAndModules' });
  expect(find({ is: 'ownNameAndModules' }, named)).toContain('modules are read');
  expect(find({ is: 'ownNameAndModules' }, named, { modulesCame: undefined })).toBeUndefined();
});

test("a clock error with this attempt's value is its success, and its control needs a readable clock", () => {
  const ours = 8_000_000 + Number.parseInt(nonce.slice(-5), 16);
  const named = status({ Name: nonce.slice(-12) });
  expect(find({ is: 'clockError' }, {}, { clockMarks: new Set([16_000_000, ours]) })).toContain(String(ours));
  expect(find({ is: 'clockError' }, {}, { clockMarks: new Set([ours + 1]) })).toBeUndefined();
  expect(controlSign({ is: 'clockError' })).toEqual({ is: 'ownNameAndClock' });
  expect(find({ is: 'ownNameAndClock' }, named)).toContain('clock is read');
  expect(find({ is: 'ownNameAndClock' }, named, { clockMarks: new Set() })).toBeUndefined();
});
