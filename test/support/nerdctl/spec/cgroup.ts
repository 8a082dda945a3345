import type { Parsed } from '../cli/flags.ts';
import { Failure, log } from '../failure.ts';
import { deviceAt } from './devices.ts';
import type { Spec } from './types.ts';
import { ramOr } from './values.ts';

/** What bounds a container (pkg/cmd/container/run_cgroup_linux.go: generateCgroupOpts). */

const PERIOD = 100_000;

/** Applies the flags of control groups. @throws Failure */
export function applyCgroup(spec: Spec, flags: Parsed, isUnified: boolean): void {
  if (flags.text('kernel-memory') !== '')
    log('warning', 'The --kernel-memory flag is no longer supported. This flag is a noop.');
  applyCpu(spec, flags);
  applyMemory(spec, flags);
  const pids = flags.number('pids-limit');
  if (pids > 0) spec.linux.resources.pids = { limit: pids };
  if (isUnified) spec.linux.resources.unified = {};
  applyCgroupns(spec, flags.changed('cgroupns') ? flags.text('cgroupns') : isUnified ? 'private' : 'host');
  for (const text of flags.list('device')) applyDevice(spec, text);
}

function applyCpu({ linux: { resources } }: Spec, flags: Parsed): void {
  const cpus = flags.number('cpus');
  const cpu: NonNullable<typeof resources.cpu> = {};
  if (cpus > 0) Object.assign(cpu, { quota: Math.trunc(cpus * PERIOD), period: PERIOD });
  if (flags.number('cpu-shares') !== 0) cpu.shares = flags.number('cpu-shares');
  if (flags.text('cpuset-cpus') !== '') cpu.cpus = flags.text('cpuset-cpus');
  if (flags.number('cpu-quota') !== -1 || flags.number('cpu-period') !== 0) {
    if (cpus > 0) throw new Failure('cpus and quota/period should be used separately');
    Object.assign(cpu, { quota: flags.number('cpu-quota'), period: flags.number('cpu-period') });
  }
  if (flags.text('cpuset-mems') !== '') cpu.mems = flags.text('cpuset-mems');
  if (Object.keys(cpu).length > 0) resources.cpu = cpu;
}

function applyMemory({ linux: { resources } }: Spec, flags: Parsed): void {
  const sizeOf = (name: string, said: string): number =>
    flags.text(name) === ''
      ? 0
      : ramOr(flags.text(name), (why) => `failed to parse ${said} bytes "${flags.text(name)}": ${why}`);
  const memory: NonNullable<typeof resources.memory> = {};
  const limit = sizeOf('memory', 'memory');
  if (flags.text('memory') !== '') memory.limit = limit;
  const reservation = sizeOf('memory-reservation', 'memory');
  const asked = flags.text('memory-swap') === '-1' ? -1 : sizeOf('memory-swap', 'memory-swap');
  if (limit > 0 && asked > 0 && asked < limit)
    throw new Failure('minimum memoryswap limit should be larger than memory limit, see usage');
  // As much swap as memory again, where it is not said or zero.
  const swap = asked === 0 ? limit * 2 : asked;
  if (swap !== 0) memory.swap = swap;
  if (limit > 0 && reservation > 0 && limit < reservation)
    throw new Failure('minimum memory limit can not be less than memory reservation limit, see usage');
  const swappiness = flags.number('memory-swappiness');
  if (swappiness > 100 || swappiness < -1)
    throw new Failure(`invalid value: ${swappiness}, valid memory swappiness range is 0-100`);
  if (flags.is('oom-kill-disable')) memory.disableOOMKiller = true;
  if (swappiness >= 0) memory.swappiness = swappiness;
  if (flags.changed('memory-reservation')) memory.reservation = reservation;
  resources.memory = memory;
}

function applyCgroupns({ linux }: Spec, mode: string): void {
  if (mode !== 'private' && mode !== 'host') throw new Failure(`unknown cgroupns mode "${mode}"`);
  linux.namespaces = linux.namespaces.filter(({ type }) => type !== 'cgroup');
  if (mode === 'private') linux.namespaces.push({ type: 'cgroup' });
}

function applyDevice(spec: Spec, text: string): void {
  const { hostPath, guestPath, mode } = parseDevice(text);
  const device = deviceAt(hostPath, guestPath);
  const { type, major, minor } = device;
  spec.linux.devices = [...(spec.linux.devices ?? []), device];
  spec.linux.resources.devices = [
    ...(spec.linux.resources.devices ?? []),
    { allow: true, type, major, minor, access: mode },
  ];
}

function parseDevice(text: string) {
  const fail = (why: string): Failure => new Failure(`failed to parse device "${text}": ${why}`);
  const parts = text.split(':');
  const [hostPath = '', second, third] = parts;
  if (parts.length > 3) throw fail('too many `:` symbols');
  const isMode = parts.length === 2 && second?.includes('/') === false;
  const mode = third ?? (isMode ? second : 'rwm') ?? 'rwm';
  if (!hostPath.startsWith('/')) throw fail(`"${hostPath}" is not an absolute path`);
  const wrong = mode.split('').find((letter) => !'rwm'.includes(letter));
  if (wrong !== undefined) throw fail(`invalid mode "${mode}": unexpected rune ${wrong.codePointAt(0)}`);
  return { hostPath, guestPath: isMode ? hostPath : (second ?? hostPath), mode };
}
