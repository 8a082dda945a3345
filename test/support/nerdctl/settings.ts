import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The stand-in's settings. A test writes them to a file, which the stand-in reads at each call. */
export interface Settings {
  /** The version that `nerdctl --version` prints. */
  readonly version: string;
  /** `stopped`: every call fails as if containerd were missing. containerd itself keeps running. */
  readonly containerd: 'running' | 'stopped';
  readonly faults: readonly Fault[];
}

/** A fault: README.md describes each. `inspect` still shows the requested settings. */
export interface Fault {
  readonly name:
    | 'hangs'
    | 'loses-containerd'
    | 'exec-loses-stdin'
    | 'none-has-a-network'
    | 'drops-a-mount'
    | 'keeps-capabilities'
    | 'root-stays-writable';
  /**
   * `hangs`, `loses-containerd`: a subcommand, such as `exec` or `image inspect`. `drops-a-mount`: a path in the guest.
   */
  readonly at?: string;
}

/** The paths of one stand-in. */
export interface Paths {
  readonly dir: string;
  readonly settings: string;
  /** The socket of its containerd. */
  readonly socket: string;
  /** Holds a file for each container, by name. */
  readonly containers: string;
  /** Holds a folder for each image: its files and its configuration. */
  readonly images: string;
}

const DEFAULTS: Settings = { version: '2.3.5', containerd: 'running', faults: [] };

/** Returns the paths of a stand-in in this folder. */
export const pathsIn = (dir: string): Paths => ({
  dir,
  settings: join(dir, 'settings.json'),
  socket: join(dir, 'containerd', 'containerd.sock'),
  containers: join(dir, 'containers'),
  images: join(dir, 'images'),
});

/** Returns the paths of the stand-in of this program: `DIR/bin/nerdctl`. */
export const ownPaths = (programPath: string): Paths => pathsIn(dirname(dirname(programPath)));

/** Returns its settings, with defaults for those that the file leaves out. */
export const readSettings = ({ settings }: Paths): Settings => ({
  ...DEFAULTS,
  ...(JSON.parse(readFileSync(settings, 'utf8')) as Partial<Settings>),
});

/** Whether the settings have this fault, at this place or, without `at`, at any. */
export const hasFault = ({ faults }: Settings, name: Fault['name'], at?: string): boolean =>
  faults.some((fault) => fault.name === name && (at === undefined || fault.at === at));
