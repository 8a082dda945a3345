import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * What the stand-in for Apple's `container` is told to be: which version, on which macOS, in which state, with which faults.
 * A test writes the file; the stand-in reads it at each call.
 */
export interface Settings {
  /** Of the program: 0.9.0 to 1.4.1. */
  readonly version: string;
  /** Of the service, which an upgrade may leave behind; the program's own where it is not said. */
  readonly serverVersion?: string;
  readonly macosVersion: string;
  /** Whether `container system start` was run; it is also written by it. */
  readonly service: 'running' | 'stopped' | 'unregistered';
  readonly hasKernel: boolean;
  readonly faults: readonly Fault[];
}

/** Each way in which the real one is known to fail; docs in README.md. */
export type FaultName =
  | 'hangs'
  | 'hangs-after'
  | 'loses-service'
  | 'truncates-exec-output'
  | 'clears-opost'
  | 'single-file-hides-siblings'
  | 'copy-keeps-mode'
  | 'exec-env-replaces'
  | 'internal-lets-tcp-out'
  | 'none-has-a-network'
  | 'drops-a-mount'
  | 'keeps-capabilities'
  | 'root-stays-writable'
  | 'forgets-resources';

export interface Fault {
  readonly name: FaultName;
  /** Of the first three: the words of the call, such as `exec` or `image load`. `drops-a-mount`: its place in the guest. */
  readonly at?: string;
}

/** Where the stand-in keeps everything: beside its own program, or where the variable says. */
export interface Place {
  readonly dir: string;
  readonly settingsPath: string;
  readonly logPath: string;
  readonly stateDir: string;
  readonly runtimePath: string;
}

/** Names the folder instead; the launcher's children do not have it, so the program's own place is the rule. */
const VARIABLE = 'APPLE_STAND_IN_DIR';

export const DEFAULTS: Settings = {
  version: '1.4.1',
  macosVersion: '26.5.2',
  service: 'running',
  hasKernel: true,
  faults: [],
};

/** The places of a stand-in in a folder. */
export const placeIn = (dir: string): Place => ({
  dir,
  settingsPath: join(dir, 'settings.json'),
  logPath: join(dir, 'calls.jsonl'),
  stateDir: join(dir, 'state'),
  runtimePath: join(dir, 'libexec', 'container-runtime-linux'),
});

/** Where this program is: two folders above itself, as the real one finds its root. */
export function ownPlace(programPath: string, env: NodeJS.ProcessEnv): Place {
  return placeIn(env[VARIABLE] ?? dirname(dirname(programPath)));
}

/** What is to be, with the defaults for what is not said. */
export function readSettings({ settingsPath }: Place): Settings {
  return { ...DEFAULTS, ...(JSON.parse(readFileSync(settingsPath, 'utf8')) as Partial<Settings>) };
}

/** Whether it is told to fail so. */
export const hasFault = ({ faults }: Settings, name: FaultName): boolean =>
  faults.some((fault) => fault.name === name);

/** Whether a version is this one or later. */
export function isAtLeast(version: string, least: string): boolean {
  const [a, b] = [version, least].map((text) => text.split('.').map(Number));
  for (let index = 0; index < 3; index += 1) {
    const difference = (a?.[index] ?? 0) - (b?.[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
