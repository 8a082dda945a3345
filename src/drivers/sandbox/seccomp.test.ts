import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runs } from '../../../test/support/runs.ts';
import { seccompFilter } from './seccomp.ts';
import { NEWEST_SYSCALL, SYSCALL_RULES, type Machine } from './syscalls.ts';

const ARCH = { x64: 0xc000003e, arm64: 0xc00000b7, i386: 0x40000003 } as const;
const EPERM = 'errno 1';
const ENOSYS = 'errno 38';
const EAFNOSUPPORT = 'errno 97';

/**
 * Runs a filter like the kernel: Documentation/networking/filter.rst, for the operations that seccomp allows and the
 * filter uses.
 */
function answer(machine: Machine, call: { arch?: number; nr: number; args?: readonly bigint[] }): string {
  const data = Buffer.alloc(64);
  data.writeInt32LE(call.nr | 0, 0);
  data.writeUInt32LE(call.arch ?? ARCH[machine], 4);
  (call.args ?? []).forEach((arg, index) => data.writeBigUInt64LE(BigInt.asUintN(64, arg), 16 + 8 * index));
  const program = Buffer.from(seccompFilter(machine));
  let accumulator = 0;
  for (let at = 0; at < program.length / 8; at += 1) {
    const [code, yes, no] = [program.readUInt16LE(at * 8), program[at * 8 + 2]!, program[at * 8 + 3]!];
    const operand = program.readUInt32LE(at * 8 + 4);
    const jump = (holds: boolean): void => void (at += holds ? yes : no);
    if (code === 0x20) accumulator = data.readUInt32LE(operand);
    else if (code === 0x15) jump(accumulator === operand);
    else if (code === 0x25) jump(accumulator > operand);
    else if (code === 0x35) jump(accumulator >= operand);
    else if (code === 0x45) jump((accumulator & operand) !== 0);
    else if (code === 0x06) return actionName(operand);
    else throw new Error(`operation ${code} at ${at}`);
  }
  throw new Error('ran over the end');
}

function actionName(operand: number): string {
  if (operand === 0x7fff0000) return 'allow';
  return operand === 0x80000000 ? 'kill' : `errno ${operand & 0xffff}`;
}

/** The possible answers by the table alone, without arguments: a rule with checks has two. */
function possibleAnswers(machine: Machine, nr: number): readonly string[] {
  const rule = SYSCALL_RULES.find((candidate) => candidate[machine] === nr);
  if (nr > NEWEST_SYSCALL) return [ENOSYS];
  if (rule === undefined) return ['allow'];
  return rule.allowedWhere === undefined ? [`errno ${rule.errno}`] : ['allow', `errno ${rule.errno}`];
}

const machines = fc.constantFrom<Machine>('x64', 'arm64');
const anyArgs = fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { minLength: 6, maxLength: 6 });

describe('the filter', () => {
  test.each<[string, number, readonly number[], string]>([
    ['mount', 165, [], EPERM],
    ['unshare', 272, [0x10000000], EPERM],
    ['setns', 308, [], EPERM],
    ['ptrace', 101, [], EPERM],
    ['keyctl', 250, [], EPERM],
    ['clone3', 435, [], ENOSYS],
    ['io_uring_setup', 425, [], ENOSYS],
    ['a later one', 467, [], ENOSYS],
    ['clone of a thread', 56, [0x3d0f00], 'allow'],
    ['clone with a user namespace', 56, [0x10000000 | 17], EPERM],
    ['clone with a network namespace', 56, [0x40000000 | 17], EPERM],
    ['socket UNIX', 41, [1, 1, 0], 'allow'],
    ['socket INET', 41, [2, 0x80801, 6], 'allow'],
    ['socket NETLINK_ROUTE', 41, [16, 3, 0], 'allow'],
    ['socket NETLINK_NETFILTER', 41, [16, 3, 12], EAFNOSUPPORT],
    ['socket NETLINK_XFRM, which is 6 as TCP is', 41, [16, 3, 6], EAFNOSUPPORT],
    ['socket NETLINK_SOCK_DIAG', 41, [16, 3, 4], EAFNOSUPPORT],
    ['socket INET6 of UDP', 41, [10, 2, 17], 'allow'],
    ['socket INET of SCTP', 41, [2, 1, 132], EAFNOSUPPORT],
    ['socket INET of L2TP', 41, [2, 2, 115], EAFNOSUPPORT],
    ['socket INET6 of UDP-Lite', 41, [10, 2, 136], EAFNOSUPPORT],
    ['socket INET of MPTCP', 41, [2, 1, 262], EAFNOSUPPORT],
    ['socket INET of the type of DCCP', 41, [2, 0x80006, 0], EAFNOSUPPORT],
    ['socket INET of sequenced packets', 41, [2, 5, 0], EAFNOSUPPORT],
    ['socket UNIX of sequenced packets', 41, [1, 0x80805, 0], 'allow'],
    ['socket VSOCK', 41, [40, 1, 0], EAFNOSUPPORT],
    ['socket PACKET', 41, [17, 3, 0], EAFNOSUPPORT],
    ['socket ALG', 41, [38, 5, 0], EAFNOSUPPORT],
    ['socketpair INET', 53, [2, 1, 0], EAFNOSUPPORT],
    ['ioctl TIOCSTI', 16, [0, 0x5412], EPERM],
    ['ioctl TIOCLINUX', 16, [0, 0x541c], EPERM],
    ['ioctl TIOCSETD', 16, [0, 0x5423], EPERM],
    ['ioctl SIOCGIFBR', 16, [0, 0x8940], EPERM],
    ['ioctl SIOCSIFBR', 16, [0, 0x8941], EPERM],
    ['ioctl SIOCGIFVLAN', 16, [0, 0x8982], EPERM],
    ['ioctl SIOCSIFVLAN', 16, [0, 0x8983], EPERM],
    ['ioctl SIOCBRADDBR', 16, [0, 0x89a0], EPERM],
    ['ioctl SIOCBRDELBR', 16, [0, 0x89a1], EPERM],
    ['ioctl SIOCGIFINDEX', 16, [0, 0x8933], 'allow'],
    ['ioctl TIOCGWINSZ', 16, [0, 0x5413], 'allow'],
    ['personality of old', 135, [0x400000], EPERM],
    ['personality asked', 135, [0xffffffff], 'allow'],
    ['own limits', 302, [0, 7], 'allow'],
    ['limits of the first program', 302, [1, 7], EPERM],
    ['read', 0, [], 'allow'],
    ['execve', 59, [], 'allow'],
    ['seccomp', 317, [], 'allow'],
    ['mseal', 462, [], 'allow'],
  ])('the filter on x86-64: %s', (...[, nr, args, expected]) => {
    expect(answer('x64', { nr, args: args.map(BigInt) })).toBe(expected);
  });

  test.each<[string, number, readonly number[], string]>([
    ['mount', 40, [], EPERM],
    ['unshare', 97, [], EPERM],
    ['ptrace', 117, [], EPERM],
    ['clone of a process', 220, [17], 'allow'],
    ['clone with a user namespace', 220, [0x10000011], EPERM],
    ['socket VSOCK', 198, [40, 1, 0], EAFNOSUPPORT],
    ['ioctl TIOCSTI', 29, [0, 0x5412], EPERM],
    ['read', 63, [], 'allow'],
  ])('the filter on arm64: %s', (...[, nr, args, expected]) => {
    expect(answer('arm64', { nr, args: args.map(BigInt) })).toBe(expected);
  });

  test('the filter compares the 32 bits of arguments that the kernel uses', () => {
    expect(answer('x64', { nr: 16, args: [0n, 0xdead_0000_0000_5412n] })).toBe(EPERM);
    expect(answer('x64', { nr: 41, args: [0xffff_ffff_0000_0028n, 1n, 0n] })).toBe(EAFNOSUPPORT);
  });

  test('the filter kills calls of another interface of the same machine', () => {
    fc.assert(
      fc.property(fc.nat(0x3fff_ffff), anyArgs, (nr, args) => {
        expect(answer('x64', { arch: ARCH.i386, nr, args })).toBe('kill');
        expect(answer('x64', { nr: nr + 0x4000_0000, args })).toBe('kill');
        expect(answer('arm64', { arch: ARCH.x64, nr, args })).toBe('kill');
      }),
    );
  });

  test('the filter answers every call, and refuses only those that a rule names', () => {
    fc.assert(
      fc.property(machines, fc.nat(1000), anyArgs, (machine, nr, args) => {
        expect(possibleAnswers(machine, nr)).toContain(answer(machine, { nr, args }));
      }),
      { numRuns: runs(2000) },
    );
  });

  test("the filter fits the kernel's limit, and has every number once", () => {
    for (const machine of ['x64', 'arm64'] as const) {
      expect(seccompFilter(machine).length / 8).toBeLessThan(4096);
      const numbers = SYSCALL_RULES.map((rule) => rule[machine]).filter((nr) => nr !== undefined);
      expect(new Set(numbers).size).toBe(numbers.length);
    }
  });
});
