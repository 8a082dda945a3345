import {
  ERRNO,
  NEWEST_SYSCALL,
  SYSCALL_RULES,
  type ArgumentCheck,
  type Machine,
  type SyscallRule,
} from './syscalls.ts';

/**
 * Assembles the system call filter: classic BPF over `struct seccomp_data` (seccomp(2); the kernel's
 * Documentation/userspace-api/seccomp_filter.rst), in the form that `bwrap --seccomp` loads.
 */

/** `struct sock_filter`: operation, steps to skip if it is true and if it is false, operand. */
interface Instruction {
  readonly code: number;
  readonly whenTrue: number;
  readonly whenFalse: number;
  readonly operand: number;
}

/** linux/bpf_common.h: BPF_LD|W|ABS, BPF_RET|K, BPF_JMP with JEQ, JGT, JGE, JSET. */
const CODE = { load: 0x20, return: 0x06, equal: 0x15, greater: 0x25, atLeast: 0x35, anyBit: 0x45 } as const;
/** linux/seccomp.h. */
const ACTION = { allow: 0x7fff_0000, errno: 0x0005_0000, killProcess: 0x8000_0000 } as const;
/** `struct seccomp_data`: number, architecture, instruction pointer, six arguments of 64 bits. */
const OFFSET = { number: 0, architecture: 4, firstArgument: 16 } as const;
/** linux/audit.h: AUDIT_ARCH_X86_64, AUDIT_ARCH_AARCH64. */
const ARCHITECTURE: Readonly<Record<Machine, number>> = { x64: 0xc000_003e, arm64: 0xc000_00b7 };
/** A call of the x32 interface has this bit, and x86-64's architecture. */
const X32_BIT = 0x4000_0000;

const load = (offset: number): Instruction => step(CODE.load, offset);
const answer = (action: number): Instruction => step(CODE.return, action);
const refuse = (errno: number): Instruction => answer(ACTION.errno + errno);

function step(code: number, operand: number, [whenTrue, whenFalse] = [0, 0]): Instruction {
  return { code, whenTrue, whenFalse, operand };
}

/** The filter for a machine, as bytes. */
export function seccompFilter(machine: Machine): Uint8Array {
  return encode([
    load(OFFSET.architecture),
    step(CODE.equal, ARCHITECTURE[machine], [1, 0]),
    answer(ACTION.killProcess),
    load(OFFSET.number),
    step(CODE.atLeast, X32_BIT, [0, 1]),
    answer(ACTION.killProcess),
    step(CODE.greater, NEWEST_SYSCALL, [0, 1]),
    refuse(ERRNO.ENOSYS),
    ...SYSCALL_RULES.flatMap((rule) => ruleFor(machine, rule)),
    answer(ACTION.allow),
  ]);
}

function ruleFor(
  machine: Machine,
  { [machine]: number, allowedWhere = [], errno }: SyscallRule,
): readonly Instruction[] {
  if (number === undefined) return [];
  const decision = [...allowedWhere.flatMap(wayFor), refuse(errno)];
  return [step(CODE.equal, number, [0, decision.length]), ...decision];
}

/** Allows the call if every check holds; otherwise continues after the last instruction. */
function wayFor(checks: readonly ArgumentCheck[]): readonly Instruction[] {
  return checks.reduceRight<readonly Instruction[]>(
    (rest, check) => [...checkFor(check, rest.length), ...rest],
    [answer(ACTION.allow)],
  );
}

/** Continues after its last instruction if the check holds; otherwise skips `toNextWay` more instructions. */
function checkFor(check: ArgumentCheck, toNextWay: number): readonly Instruction[] {
  const value = load(OFFSET.firstArgument + 8 * check.argument);
  if ('noBitsOf' in check) return [value, step(CODE.anyBit, check.noBitsOf, [toNextWay, 0])];
  const isAllowList = 'anyOf' in check;
  const listed = isAllowList ? check.anyOf : check.noneOf;
  const comparisons = listed.map((operand, index) => {
    const toEnd = listed.length - index - 1;
    const whenLast = toEnd === 0 && isAllowList ? toNextWay : 0;
    return step(CODE.equal, operand, [isAllowList ? toEnd : toEnd + toNextWay, whenLast]);
  });
  return [value, ...comparisons];
}

function encode(program: readonly Instruction[]): Uint8Array {
  const bytes = Buffer.alloc(program.length * 8);
  program.forEach(({ code, whenTrue, whenFalse, operand }, index) => {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(whenTrue, index * 8 + 2);
    bytes.writeUInt8(whenFalse, index * 8 + 3);
    bytes.writeUInt32LE(operand, index * 8 + 4);
  });
  return bytes;
}
