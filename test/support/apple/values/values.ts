import { readFileSync } from 'node:fs';
import { Failure } from '../failure.ts';
import type { Rlimit, User } from '../store/configuration.ts';

/** Values of flags, taken and refused as apple/container's Parser.swift and Utility.swift (ContainerAPIClient, 1.2.2) do it. */

/** Swift's `split`: without empty parts, and at most so often. */
export function split(text: string, separator: string, most = Infinity): string[] {
  const parts: string[] = [];
  let rest = text;
  while (rest.startsWith(separator)) rest = rest.slice(1);
  while (rest !== '') {
    const at = parts.length < most ? rest.indexOf(separator) : -1;
    parts.push(at === -1 ? rest : rest.slice(0, at));
    rest = at === -1 ? '' : rest.slice(at + 1);
    while (parts.length < most && rest.startsWith(separator)) rest = rest.slice(1);
  }
  return parts.filter((part) => part !== '');
}

/** @throws Failure for a name that no container can have */
export function checkName(name: string): void {
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name))
    throw new Failure('invalidArgument', `invalid entity name ${name}`);
  if (name.length > 63) throw new Failure('invalidArgument', `invalid entity name ${name}`);
}

/** Labels; a value with `=` in it is refused. @throws Failure */
export function labelsOf(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      if (text === '') throw new Failure('invalidArgument', 'label cannot be an empty string');
      const [key = '', value = '', more] = split(text, '=', 2);
      if (more !== undefined) throw new Failure('invalidArgument', `invalid label format ${text}`);
      return [key, value];
    }),
  );
}

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  t: 2 ** 40,
  p: 2 ** 50,
};

/** Bytes of `512m`, `1g`, `1GiB`. @throws Failure */
export function bytesOf(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)([a-z]?)(?:i?b)?$/.exec(text.trim().toLowerCase()) ?? [];
  const factor = UNITS[unit ?? ''];
  if (number === undefined || factor === undefined)
    throw new Failure('invalidArgument', `invalid size: ${text}`);
  return Math.floor(Number(number) * factor);
}

const MIB = 2 ** 20;
/** The same in whole mebibytes, as memory is given. */
export const wholeMib = (text: string): number => Math.floor(bytesOf(text) / MIB) * MIB;

const RLIMITS =
  'core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack'.split(
    ' ',
  );

/** Limits of the process. @throws Failure */
export function rlimitsOf(texts: readonly string[]): Rlimit[] {
  const limits = texts.map((text) => rlimitOf(text));
  const twice = limits.find(({ limit }, index) => limits.findIndex((each) => each.limit === limit) < index);
  if (twice !== undefined)
    throw new Failure('invalidArgument', `duplicate ulimit type: ${twice.limit.slice(7).toLowerCase()}`);
  return limits;
}

function rlimitOf(text: string): Rlimit {
  const [name, values] = split(text, '=', 1);
  const malformed = new Failure(
    'invalidArgument',
    `invalid ulimit format '${text}': expected <type>=<soft>[:<hard>]`,
  );
  if (name === undefined || values === undefined) throw malformed;
  const type = name.toLowerCase();
  if (!RLIMITS.includes(type))
    throw new Failure(
      'invalidArgument',
      `unsupported ulimit type '${type}': valid types are ${RLIMITS.join(', ')}`,
    );
  const [softText, hardText = softText] = split(values, ':', 1);
  if (softText === undefined || hardText === undefined) throw malformed;
  const [soft, hard] = [rlimitValue(softText, type), rlimitValue(hardText, type)];
  if (soft > hard)
    throw new Failure(
      'invalidArgument',
      `ulimit '${type}' soft limit (${soft}) cannot exceed hard limit (${hard})`,
    );
  return { limit: `RLIMIT_${type.toUpperCase()}`, soft, hard };
}

const UNLIMITED = Number.MAX_SAFE_INTEGER;

function rlimitValue(text: string, type: string): number {
  const value = text.trim().toLowerCase();
  if (value === 'unlimited' || value === '-1') return UNLIMITED;
  if (!/^\d+$/.test(value))
    throw new Failure(
      'invalidArgument',
      `invalid ulimit value '${text}' for '${type}': must be a non-negative integer or 'unlimited'`,
    );
  return Number(value);
}

/** All that Linux has, in the order of their numbers: capability.h. */
const CAPABILITIES = (
  'CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST ' +
  'NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE ' +
  'SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM ' +
  'BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE'
)
  .split(' ')
  .map((name) => `CAP_${name}`);

/** Those that this host can give. */
export function ownCapabilities(): string[] {
  const bits = /^CapBnd:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  return CAPABILITIES.filter((_, number) => (BigInt(`0x${bits}`) >> BigInt(number)) & 1n);
}

/** Names of capabilities as they are kept. @throws Failure */
export function capabilitiesOf(texts: readonly string[]): string[] {
  return texts.map((text) => {
    const upper = text.toUpperCase();
    if (upper === 'ALL') return upper;
    const name = upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
    if (!CAPABILITIES.includes(name)) throw new Failure('invalidArgument', `invalid capability: ${upper}`);
    return name;
  });
}

/** Who a process runs as. */
export function userOf(
  {
    user,
    uid,
    gid,
  }: {
    readonly user: string | undefined;
    readonly uid: string | undefined;
    readonly gid: string | undefined;
  },
  otherwise: User,
): { readonly user: User; readonly groups: readonly number[] } {
  if (user !== undefined && user !== '') return { user: { raw: { userString: user } }, groups: [] };
  if (uid !== undefined && gid !== undefined)
    return { user: { id: { uid: Number(uid), gid: Number(gid) } }, groups: [] };
  if (uid !== undefined) return { user: { raw: { userString: uid } }, groups: [] };
  return { user: otherwise, groups: gid === undefined ? [] : [Number(gid)] };
}

/** The variables; what names no value is taken from this program's environment, where it is there. */
export const environmentOf = (texts: readonly string[], env: NodeJS.ProcessEnv): string[] =>
  texts.flatMap((text) => {
    if (text.includes('=')) return [text];
    const value = env[text];
    return value === undefined ? [] : [`${text}=${value}`];
  });

/** The last of each name, in no promised order. */
export const lastOfEach = (variables: readonly string[]): string[] => [
  ...new Map(variables.map((variable) => [variable.split('=', 1)[0] ?? '', variable])).values(),
];

/** The first of each name: what most programs find where one is there twice. */
export const firstOfEach = (variables: readonly string[]): string[] =>
  lastOfEach(variables.toReversed()).toReversed();
