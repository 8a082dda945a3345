import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { parse } from 'smol-toml';
import { readKernelFile } from '../../host/system/kernel-file.ts';
import type { Missing } from '../engine/missing.ts';
import { installCommand } from '../engine/packages.ts';

/** Kata's requirements on a host: KVM, and the VMM that its configuration names. */

export interface KataHost {
  readonly platform: string;
  readonly kvm: 'there' | 'missing' | 'no device';
  /** The processor's virtualisation flag in /proc/cpuinfo, on x86; undefined elsewhere or if there is none. */
  readonly extension: 'vmx' | 'svm' | undefined;
  /** Undefined if none was found: Kata reports that itself when it starts. */
  readonly configuration: Configuration | undefined;
}

interface Configuration {
  readonly path: string;
  /** The VMM programs that it names. */
  readonly vmms: readonly { readonly path: string; readonly isThere: boolean }[];
}

const KVM = '/dev/kvm';

/**
 * The paths where Kata looks, in its order: DEFAULT_RUNTIME_CONFIGURATIONS in src/libs/kata-types/src/config/default.rs
 * of kata-containers 4.1.0, and for the runtime in Go GetDefaultConfigFilePaths in src/runtime/pkg/katautils/config.go.
 */
const CONFIGURATIONS = {
  rust: [
    '/etc/kata-containers/runtime-rs/configuration.toml',
    '/usr/share/defaults/kata-containers/runtime-rs/configuration.toml',
    '/opt/kata/share/defaults/kata-containers/runtime-rs/configuration.toml',
  ],
  go: [
    '/etc/kata-containers/configuration.toml',
    '/usr/share/defaults/kata-containers/configuration.toml',
    '/opt/kata/share/defaults/kata-containers/configuration.toml',
  ],
} as const;

/** The paths for this shim's runtime, by its output of `--version`. */
const configurationsOf = (said: string): readonly string[] =>
  CONFIGURATIONS[/\(Rust\)/.test(said) ? 'rust' : 'go'];

/**
 * Reads the facts of this host. `configPath`: the path in the registration; `said`: the shim's output of `--version`.
 */
export function readKataHost(configPath: string | undefined, said: string): KataHost {
  const places = configPath === undefined ? configurationsOf(said) : [configPath];
  const path = places.find((place) => existsSync(place));
  return {
    platform: process.platform,
    kvm: kvmHere(),
    extension: /\b(vmx|svm)\b/.exec(readKernelFile('/proc/cpuinfo') ?? '')?.[1] as KataHost['extension'],
    configuration:
      path === undefined
        ? undefined
        : {
            path,
            vmms: vmmsIn(textOf(path)).map((vmm) => ({ path: vmm, isThere: existsSync(vmm) })),
          },
  };
}

function kvmHere(): KataHost['kvm'] {
  const found = statSync(KVM, { throwIfNoEntry: false });
  if (found === undefined) return 'missing';
  return found.isCharacterDevice() ? 'there' : 'no device';
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // this user may not read it, but dockerd may
  }
}

/**
 * The VMM programs in the text of Kata's configuration. Excludes Dragonball, which has no program, as it is in the
 * shim. Pure.
 */
export function vmmsIn(text: string): string[] {
  let configuration: Readonly<Record<string, unknown>>;
  try {
    configuration = parse(text);
  } catch {
    return []; // Kata refuses this file at the start, with its own message
  }
  const sections = Object.entries(recordOf(configuration['hypervisor']));
  return sections
    .filter(([name]) => name !== 'dragonball')
    .map(([, section]) => recordOf(section)['path'])
    .filter((path): path is string => typeof path === 'string' && path.startsWith('/'));
}

const recordOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

const MODULES = { vmx: 'kvm_intel', svm: 'kvm_amd' } as const;

interface Need {
  readonly lacks: (host: KataHost) => boolean;
  readonly reason: (host: KataHost) => string;
  readonly fix: (host: KataHost) => string;
}

const lostVmm = ({ configuration }: KataHost): string | undefined =>
  configuration?.vmms.find(({ isThere }) => !isThere)?.path;

/** Kata's requirements, in the order of the check. */
const NEEDS: readonly Need[] = [
  {
    lacks: ({ platform }) => platform !== 'linux',
    reason: () => 'Kata runs on Linux only',
    fix: () => 'runtime: apple on macOS',
  },
  {
    lacks: ({ kvm }) => kvm === 'missing',
    reason: () => `Kata needs KVM, and there is no ${KVM}`,
    fix: ({ extension }) =>
      extension === undefined
        ? 'switch virtualisation on in the firmware; where this host is a virtual machine itself, nested virtualisation in its settings'
        : `sudo modprobe ${MODULES[extension]}`,
  },
  {
    lacks: ({ kvm }) => kvm === 'no device',
    reason: () => `${KVM} is no device`,
    fix: () => `ls -l ${KVM}, and load the module of KVM again`,
  },
  {
    lacks: (host) => lostVmm(host) !== undefined,
    reason: (host) => `Kata's VMM is not there: ${lostVmm(host)}, which ${host.configuration?.path} names`,
    fix: (host) =>
      `install ${basename(lostVmm(host) ?? '')}, or change "path" in ${host.configuration?.path}; all parts of one release: ${installCommand('kata')}`,
  },
];

/** Why this host cannot run Kata, and the fix; undefined if no requirement fails. Pure. */
export function hostFault(host: KataHost): Missing | undefined {
  const need = NEEDS.find(({ lacks }) => lacks(host));
  return need && { status: 'installed', reason: need.reason(host), fix: need.fix(host) };
}
