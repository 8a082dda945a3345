import type { BottleSpec, Resource } from '../../drivers/driver.ts';
import type { DiskStart } from '../disk/disk-verdict.ts';
import type { ProcessIdentity } from '../../host/processes.ts';
import type { NamedOnHost } from '../../workspace/apply/project-paths.ts';

/** Location of a bottle's work on the host. */
export type WorkspaceRecord =
  | {
      readonly mode: 'copy';
      readonly projectPath: string;
      readonly workPath: string;
      readonly basePath: string;
    }
  | { readonly mode: 'mount'; readonly projectPath: string }
  | { readonly mode: 'none' };

/**
 * A secret that can be read again: its name, its command, and its lifetime. Without `refreshMs` and `expiresAtMs` it
 * lasts until an upstream rejects it.
 */
export interface Refresh {
  readonly name: string;
  readonly argv: readonly string[];
  readonly refreshMs?: number;
  /** As in `SecretSource`. */
  readonly gives?: 'awsCredentials';
  /** Expiry of the value read at the start, in milliseconds since the epoch. */
  readonly expiresAtMs?: number;
}

/** Where the start of a bottle found its manifests, which may have changed since. */
export interface ManifestPlaces {
  readonly projectPath: string;
  /** Full path from --manifest; undefined if the user named none. */
  readonly named?: string;
}

/** The record of one bottle: `bottles/<id>/record.json`. It contains no value of the agent's environment. */
export interface BottleRecord {
  readonly version: 1;
  readonly id: string;
  readonly agent: string;
  readonly bottle: string;
  readonly phase: Phase;
  /** ISO 8601. */
  readonly startedAt: string;
  /** ISO 8601; set once the bottle is stopped or failed. */
  readonly endedAt?: string;
  /** The bottle's owner: the launcher, or the keeper of a detached bottle. */
  readonly owner: ProcessIdentity;
  /** The user detached on purpose: a missing launcher is not a crash. */
  readonly detached: boolean;
  /** Undefined in records of versions that did not store it. */
  readonly manifests?: ManifestPlaces;
  /** Without the environment's values. */
  readonly spec: BottleSpec;
  readonly workspace: WorkspaceRecord;
  /** Resources that may exist outside the bottle's folder. */
  readonly resources: readonly Resource[];
  /** Files and commands of the host that the next start by the same manifests uses: see start-files.ts. */
  readonly startFiles?: NamedOnHost;
  /** Secrets that are read again. Undefined: none. */
  readonly refreshes?: readonly Refresh[];
  /**
   * Disk use of the workspace before the agent ran. Undefined: not measured yet, or the agent writes to no host folder.
   */
  readonly diskStart?: DiskStart;
  readonly exitCode?: number;
  /** Why the bottle failed, or what could not be removed. */
  readonly reason?: string;
}

/** Whether the bottle has ever ended, whatever its phase says now. */
export const saysEnded = ({ phase, endedAt }: Pick<BottleRecord, 'phase' | 'endedAt'>): boolean =>
  !isLive(phase) || endedAt !== undefined;

/** The spec in the form for the disk: a value from the host's environment can be a secret, its name is not. */
export function withoutEnvValues(spec: BottleSpec): BottleSpec {
  return { ...spec, env: {} };
}

/**
 * The life of a bottle. Its record names a phase before the effects of that phase begin, so that the record shows after a crash
 * what may exist.
 */
export const PHASES = ['preparing', 'opening', 'running', 'stopping', 'stopped', 'failed'] as const;
export type Phase = (typeof PHASES)[number];

const NEXT: Readonly<Record<Phase, readonly Phase[]>> = {
  preparing: ['opening', 'stopping'],
  opening: ['running', 'stopping'],
  running: ['stopping'],
  stopping: ['stopped', 'failed'],
  stopped: [],
  failed: [],
};

/** Whether something outside the bottle's folder may exist in this phase. */
export const isLive = (phase: Phase): boolean => NEXT[phase].length > 0;

/** Whether a bottle may go from one phase to the other. A cleanup is resumed by entering `stopping` again. */
export const mayFollow = (from: Phase, to: Phase): boolean =>
  NEXT[from].includes(to) || (from === 'stopping' && to === 'stopping');
