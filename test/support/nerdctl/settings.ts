import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What the stand-in for `nerdctl` is told to be. A test writes the file; the stand-in reads it at each call. */
export interface Settings {
  /** What `nerdctl --version` says. */
  readonly version: string;
  /** Whether its containerd can be reached; it runs on. */
  readonly containerd: 'running' | 'stopped';
  readonly faults: readonly Fault[];
}

/** Each way in which it can be told to fail; docs in README.md. */
export type FaultName =
  | 'hangs'
  | 'loses-containerd'
  | 'exec-loses-stdin'
  | 'none-has-a-network'
  | 'drops-a-mount'
  | 'keeps-capabilities'
  | 'root-stays-writable'
  | 'forgets-no-new-privileges'
  | 'forgets-resources';

export interface Fault {
  readonly name: FaultName;
  /** `hangs`, `loses-containerd`: the words of the call, such as `exec` or `image inspect`. `drops-a-mount`: a path in the guest. */
  readonly at?: string;
}

/** Where the stand-in keeps everything. */
export interface Place {
  readonly dir: string;
  readonly settingsPath: string;
  readonly logPath: string;
  /** containerd's own socket. */
  readonly socketPath: string;
  /** As nerdctl's /var/lib/nerdctl/HASH: names, volumes, a folder per container. */
  readonly dataDir: string;
}

export const DEFAULTS: Settings = { version: '2.3.5', containerd: 'running', faults: [] };

/** The places of a stand-in in a folder. */
export const placeIn = (dir: string): Place => ({
  dir,
  settingsPath: join(dir, 'settings.json'),
  logPath: join(dir, 'calls.jsonl'),
  socketPath: join(dir, 'containerd', 'containerd.sock'),
  dataDir: join(dir, 'data'),
});

/** Where a program in `bin` is. */
export const ownPlace = (programPath: string): Place => placeIn(dirname(dirname(programPath)));

/** What is to be, with the defaults for what is not said. */
export function readSettings({ settingsPath }: Place): Settings {
  return { ...DEFAULTS, ...(JSON.parse(readFileSync(settingsPath, 'utf8')) as Partial<Settings>) };
}

/** Whether it is told to fail so, here or anywhere. */
export const hasFault = ({ faults }: Settings, name: FaultName, at?: string): boolean =>
  faults.some((fault) => fault.name === name && (at === undefined || fault.at === at));
