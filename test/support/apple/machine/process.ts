import type { ProcessConfiguration, Configuration } from '../store/configuration.ts';
import { Failure } from '../failure.ts';
import { hasFault, type Settings } from '../settings.ts';
import { ownCapabilities } from '../values/values.ts';
import { findUser } from './user.ts';

/** One process of a container, as an OCI runtime is told about it. */

/** Of containerization's LinuxCapabilities.defaultOCICapabilities. */
const DEFAULT_CAPABILITIES =
  'CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE SYS_CHROOT KILL AUDIT_WRITE'
    .split(' ')
    .map((name) => `CAP_${name}`);

/** Dropping all begins with none, and what is added is added then: apple/container RuntimeService.swift. */
export function capabilitiesFor(
  { capAdd, capDrop }: Pick<Configuration, 'capAdd' | 'capDrop'>,
  settings: Settings,
): string[] {
  const dropped = hasFault(settings, 'keeps-capabilities') ? [] : capDrop;
  const all = capAdd.includes('ALL') ? ownCapabilities() : DEFAULT_CAPABILITIES;
  const base = dropped.includes('ALL') ? [] : all.filter((name) => !dropped.includes(name));
  return [...new Set([...base, ...capAdd.filter((name) => name !== 'ALL')])];
}

/** Those that vmexec of containerization 0.40 can set; the others are taken, and fail here. */
const RLIMITS: ReadonlySet<string> = new Set(
  'AS CORE CPU DATA FSIZE NOFILE STACK NPROC RSS MEMLOCK'.split(' ').map((name) => `RLIMIT_${name}`),
);

/**
 * The `process` of an OCI configuration. There is no no_new_privs and no
 * seccomp (apple/container #2161, #1915).
 */
export function ociProcess(
  process: ProcessConfiguration,
  capabilities: readonly string[],
  rootPath: string,
): object {
  const unknown = process.rlimits.find(({ limit }) => !RLIMITS.has(limit));
  if (unknown !== undefined) throw new Failure('internalError', 'rlimit key unknown');
  const { uid, gid, groups, home } = findUser(rootPath, process.user);
  const names = new Set(process.environment.map((variable) => variable.split('=', 1)[0]));
  return {
    terminal: process.terminal,
    user: { uid, gid, additionalGids: [...groups, ...process.supplementalGroups] },
    args: [process.executable, ...process.arguments],
    env: [
      ...process.environment,
      ...(process.terminal && !names.has('TERM') ? ['TERM=xterm'] : []),
      ...(names.has('HOME') ? [] : [`HOME=${home}`]),
      ...(names.has('PATH') ? [] : ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin']),
    ],
    cwd: process.workingDirectory,
    capabilities: { bounding: capabilities, effective: capabilities, permitted: capabilities },
    rlimits: process.rlimits.map(({ limit, soft, hard }) => ({
      type: limit,
      soft,
      hard,
    })),
    noNewPrivileges: false,
  };
}
