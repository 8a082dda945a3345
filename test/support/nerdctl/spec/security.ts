import { readFileSync } from 'node:fs';
import type { Parsed } from '../cli/flags.ts';
import { Failure, log, notImitated } from '../failure.ts';
import { defaultSeccomp, type Containerd } from './seccomp.ts';
import type { Spec } from './types.ts';
import { boolOption, deduped, keyValues } from './values.ts';

/** Capabilities and what else confines (pkg/cmd/container/run_security_linux.go). */

// capabilities(7), by their numbers.
const CAPABILITIES =
  'CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE'
    .split(' ')
    .map((name) => `CAP_${name}`);

/** Those that this program itself has (containerd's oci.WithAllCurrentCapabilities). */
function currentCapabilities(): string[] {
  const status = readFileSync('/proc/self/status', 'utf8');
  const mask = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '0'}`);
  return CAPABILITIES.filter((_, number) => ((mask >> BigInt(number)) & 1n) === 1n);
}

function canonical(name: string): string {
  if (name === '') return '';
  const upper = name.toUpperCase();
  const full = upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
  if (!CAPABILITIES.includes(full)) log('warning', `unknown capability name "${full}"`);
  return full;
}

const setCapabilities = ({ process }: Spec, names: readonly string[]): void => {
  process.capabilities = {
    ...process.capabilities,
    bounding: [...names],
    effective: [...names],
    permitted: [...names],
  };
};

const hasAll = (names: readonly string[]): boolean => names.some((name) => name.toUpperCase() === 'ALL');

/** `--cap-add` and `--cap-drop`. */
export function applyCapabilities(spec: Spec, flags: Parsed): void {
  const [added, dropped] = [deduped(flags.list('cap-add')), deduped(flags.list('cap-drop'))];
  if (hasAll(dropped)) setCapabilities(spec, []);
  const now = (): readonly string[] => spec.process.capabilities?.bounding ?? [];
  if (hasAll(added)) setCapabilities(spec, currentCapabilities());
  else setCapabilities(spec, deduped([...now(), ...added.map(canonical)]));
  if (hasAll(dropped)) return;
  const without = dropped.map(canonical);
  setCapabilities(
    spec,
    now().filter((name) => !without.includes(name)),
  );
}

const KNOWN = [
  'seccomp',
  'apparmor',
  'no-new-privileges',
  'systempaths',
  'privileged-without-host-devices',
  'writable-cgroups',
];

/** `--security-opt` and `--privileged`. @throws Failure */
export function applySecurity(spec: Spec, flags: Parsed, containerd: Containerd): void {
  const options = keyValues(deduped(flags.list('security-opt')));
  for (const name of Object.keys(options))
    if (!KNOWN.includes(name)) log('warning', `unknown security-opt: "${name}"`);
  applySeccomp(spec, options['seccomp'], containerd);
  applyAppArmor(options['apparmor']);
  if (!boolOption(options, 'no-new-privileges')) spec.process.noNewPrivileges = false;
  applySystemPaths(spec, options['systempaths']);
  const isPrivileged = flags.is('privileged');
  const withoutDevices = boolOption(options, 'privileged-without-host-devices');
  if (withoutDevices && !isPrivileged)
    throw new Failure(
      "flag `--security-opt privileged-without-host-devices` can't be used without `--privileged` enabled",
    );
  if (!isPrivileged) return;
  if (!withoutDevices) throw notImitated('--privileged with the devices of the host');
  privileged(spec);
}

/** containerd's oci.WithPrivileged and oci.WithNewPrivileges. */
function privileged(spec: Spec): void {
  setCapabilities(spec, currentCapabilities());
  spec.linux.maskedPaths = [];
  spec.linux.readonlyPaths = [];
  spec.mounts = spec.mounts.map((mount) =>
    mount.type === 'sysfs' || mount.type === 'cgroup'
      ? { ...mount, options: (mount.options ?? []).map((option) => (option === 'ro' ? 'rw' : option)) }
      : mount,
  );
  delete spec.linux.seccomp;
  spec.process.noNewPrivileges = false;
}

function applySystemPaths({ linux }: Spec, value: string | undefined): void {
  if (value === undefined) return;
  if (value !== 'unconfined') throw new Failure('invalid security-opt "systempaths=unconfined"');
  linux.maskedPaths = [];
  linux.readonlyPaths = [];
}

function applySeccomp(spec: Spec, value: string | undefined, containerd: Containerd): void {
  if (value === '') throw new Failure('invalid security-opt "seccomp"');
  if (value === undefined || value === 'builtin') {
    spec.linux.seccomp = defaultSeccomp(containerd, spec.process.capabilities?.bounding ?? []);
    return;
  }
  if (value === 'unconfined') return;
  try {
    spec.linux.seccomp = JSON.parse(readFileSync(value, 'utf8')) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new Failure(`decoding seccomp profile failed "${value}": ${error.message}`);
    throw new Failure(`cannot load seccomp profile "${value}": open ${value}: no such file or directory`);
  }
}

function applyAppArmor(value: string | undefined): void {
  if (value === '') throw new Failure('invalid security-opt "apparmor"');
  if (value !== undefined && value !== 'unconfined')
    log('warning', `the host does not support AppArmor. Ignoring profile "${value}"`);
}
