import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { parse } from 'smol-toml';
import { readKernelFile } from '../../../host/processes.ts';
import type { Missing } from '../../engine/missing.ts';
import { installCommand } from '../../engine/packages.ts';

/** What Kata needs of a host besides itself: KVM, and the VMM that its configuration names. */

export interface KataHost {
  readonly platform: string;
  readonly kvm: 'there' | 'missing' | 'no device';
  /** Of the processor's flags in /proc/cpuinfo: what virtualises, on x86; undefined elsewhere or where nothing does. */
  readonly extension: 'vmx' | 'svm' | undefined;
  /** Undefined where none was found: Kata says so itself when it starts. */
  readonly configuration: Configuration | undefined;
}

interface Configuration {
  readonly path: string;
  /** Programs that are named as VMMs. */
  readonly vmms: readonly { readonly path: string; readonly isThere: boolean }[];
}

const KVM = '/dev/kvm';

/**
 * Where Kata looks, in its order: DEFAULT_RUNTIME_CONFIGURATIONS in src/libs/kata-types/src/config/default.rs of
 * kata-containers 4.1.0, and for the runtime in Go GetDefaultConfigFilePaths in src/runtime/pkg/katautils/config.go.
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

/** Which of the two a shim is, by what it prints on `--version`. */
const configurationsOf = (said: string): readonly string[] =>
  CONFIGURATIONS[/\(Rust\)/.test(said) ? 'rust' : 'go'];

/** Looks at this host. `configPath`: what the registration names; `said`: what the shim prints on `--version`. */
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
    return ''; // this user may not: dockerd may
  }
}

/** Programs of the VMMs in the text of Kata's configuration; none where there is none, as Dragonball is in the shim. Pure. */
export function vmmsIn(text: string): string[] {
  let configuration: Readonly<Record<string, unknown>>;
  try {
    configuration = parse(text);
  } catch {
    return []; // Kata refuses to start by it, in its own words
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

/** Why this host cannot run Kata, and the next step; undefined where nothing speaks against it. Pure. */
export function hostFault({ platform, kvm, extension, configuration }: KataHost): Missing | undefined {
  const unfit = (reason: string, fix: string): Missing => ({ status: 'installed', reason, fix });
  if (platform !== 'linux') return unfit('Kata runs on Linux only', 'runtime: apple on macOS');
  if (kvm === 'no device')
    return unfit(`${KVM} is no device`, `ls -l ${KVM}, and load the module of KVM again`);
  if (kvm === 'missing') {
    return unfit(
      `Kata needs KVM, and there is no ${KVM}`,
      extension === undefined
        ? 'switch virtualisation on in the firmware; where this host is a virtual machine itself, nested virtualisation in its settings'
        : `sudo modprobe ${MODULES[extension]}`,
    );
  }
  const lost = configuration?.vmms.find(({ isThere }) => !isThere);
  if (configuration !== undefined && lost !== undefined) {
    return unfit(
      `Kata's VMM is not there: ${lost.path}, which ${configuration.path} names`,
      `install ${basename(lost.path)}, or change "path" in ${configuration.path}; all parts of one release: ${installCommand('kata')}`,
    );
  }
  return undefined;
}
