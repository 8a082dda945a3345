import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { assetPath } from '../../../host/paths.ts';
import { OPENER_CALLS } from '../../network/opener.ts';
import { seccompOf } from './seccomp.ts';

interface Rule {
  readonly names: readonly string[];
  readonly action: string;
  readonly args?: readonly Condition[];
}

interface Condition {
  readonly index: number;
  readonly value: number;
  readonly valueTwo: number;
  readonly op: string;
}

interface Profile {
  readonly defaultAction: string;
  readonly syscalls: readonly Rule[];
}

const PROFILES: Readonly<Record<string, string>> = {
  'of programs': readFileSync(assetPath('container/seccomp.json'), 'utf8'),
  'of the opener': seccompOf(OPENER_CALLS),
};

describe.each(Object.entries(PROFILES))('the profile %s', (_, text) => {
  const profile = JSON.parse(text) as Profile;
  const allowed = profile.syscalls.filter(({ action }) => action === 'SCMP_ACT_ALLOW');

  test('the profile refuses calls that are not listed', () => {
    expect(profile.defaultAction).toBe('SCMP_ACT_ERRNO');
  });

  test('every system call has a name', () => {
    expect(
      profile.syscalls.flatMap(({ names }) => names).filter((name) => !/^[a-z_][a-z0-9_]*$/.test(name)),
    ).toEqual([]);
  });

  test.each(['unshare', 'setns', 'mount', 'move_mount', 'fsopen', 'bpf', 'keyctl', 'add_key', 'clone3'])(
    'no rule allows %s',
    (name) => {
      expect(allowed.filter(({ names }) => names.includes(name))).toEqual([]);
    },
  );

  test('clone creates no namespace: CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET', () => {
    expect(allowed.filter(({ names }) => names.includes('clone'))).toEqual([
      {
        names: ['clone'],
        action: 'SCMP_ACT_ALLOW',
        args: [{ index: 0, value: 0x7e020000, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }],
      },
    ]);
  });
});

test.each([
  'ptrace',
  'process_vm_readv',
  'chmod',
  'unlink',
  'mknod',
  'io_uring_setup',
  'personality',
  'fork',
])('the opener may not call %s', (name) => {
  expect(seccompOf(OPENER_CALLS)).not.toContain(`"${name}"`);
});

test('the opener creates sockets of three families, and no rule allows all', () => {
  const { syscalls } = JSON.parse(seccompOf(OPENER_CALLS)) as Profile;
  const rules = syscalls.filter(({ names }) => names.includes('socket'));
  expect(rules.map(({ args }) => args?.map(({ index, value, op }) => [index, value, op]))).toEqual([
    [[0, 1, 'SCMP_CMP_EQ']],
    [[0, 2, 'SCMP_CMP_EQ']],
    [[0, 10, 'SCMP_CMP_EQ']],
  ]);
});

/**
 * Whether programs may make this call. Evaluates conditions like libseccomp: all of one rule, on 64 bits
 * (seccomp_rule_add(3)).
 */
function mayCall(name: string, ...args: readonly number[]): boolean {
  const holds = ({ index, value, valueTwo, op }: Condition): boolean => {
    const argument = BigInt.asUintN(64, BigInt(args[index] ?? 0));
    if (op === 'SCMP_CMP_EQ') return argument === BigInt(value);
    if (op === 'SCMP_CMP_MASKED_EQ') return (argument & BigInt(value)) === BigInt(valueTwo);
    throw new Error(`no such condition: ${op}`);
  };
  return OF_PROGRAMS.filter(({ names }) => names.includes(name)).some(({ args: all = [] }) =>
    all.every(holds),
  );
}

const mayAsk = (request: number): boolean => mayCall('ioctl', 0, request);

const OF_PROGRAMS = (JSON.parse(PROFILES['of programs'] ?? '') as Profile).syscalls.filter(
  ({ action }) => action === 'SCMP_ACT_ALLOW',
);

const CLOSED_ON_EXEC = 0x8_0000;

test.each<[string, readonly number[], boolean]>([
  ['UNIX', [1, 1, 0], true],
  ['UNIX of sequenced packets', [1, 5 | CLOSED_ON_EXEC, 0], true],
  ['INET of TCP', [2, 1 | CLOSED_ON_EXEC, 6], true],
  ['INET6 of UDP', [10, 2, 17], true],
  ['INET6 of ICMPv6', [10, 2, 58], true],
  ['NETLINK_ROUTE', [16, 3 | CLOSED_ON_EXEC, 0], true],
  ['INET of SCTP', [2, 1, 132], false],
  ['INET of L2TP', [2, 2, 115], false],
  ['INET6 of UDP-Lite', [10, 2, 136], false],
  ['INET of MPTCP', [2, 1, 262], false],
  ['INET of the type of DCCP', [2, 6 | CLOSED_ON_EXEC, 0], false],
  ['NETLINK_SOCK_DIAG', [16, 3, 4], false],
  ['NETLINK_XFRM', [16, 3, 6], false],
  ['NETLINK_NETFILTER', [16, 3, 12], false],
  ['NETLINK_GENERIC', [16, 3, 16], false],
  ['ALG: CVE-2026-31431', [38, 5, 0], false],
  ['VSOCK', [40, 1, 0], false],
  ['TIPC', [30, 5, 0], false],
])('programs create sockets of four families and few protocols: %s', (_, args, expected) => {
  expect(mayCall('socket', ...args)).toBe(expected);
});

test("no call hides a socket's family, and pairs are only AF_UNIX, since socketpair(2) also makes AF_TIPC", () => {
  expect(OF_PROGRAMS.flatMap(({ names }) => names)).not.toContain('socketcall');
  expect([1, 2, 16, 30, 38].filter((family) => mayCall('socketpair', family, 1, 0))).toEqual([1]);
});

/** TIOCSETD, SIOCGIFBR, SIOCSIFBR; and 64 requests of sockios.h, for VLANs, bonds, bridges and time stamps. */
const MODULE_REQUESTS = [0x5423, 0x8940, 0x8941, ...Array.from({ length: 0x40 }, (_, at) => 0x8980 + at)];

test('an ioctl or option that loads a module is refused, however it is written', () => {
  const asked = Array.from({ length: 0x1_0000 }, (_, request) => request);
  expect(asked.filter((request) => !mayAsk(request))).toEqual(MODULE_REQUESTS);
  // The kernel uses only 32 bits.
  expect(MODULE_REQUESTS.filter((request) => mayAsk(request + 2 ** 32) || mayAsk(request - 2 ** 52))).toEqual(
    [],
  );
  expect(
    MODULE_REQUESTS.filter((request) => !mayAsk(request + 2 ** 16) || !mayAsk(request + 2 ** 31)),
  ).toEqual([]);
});
