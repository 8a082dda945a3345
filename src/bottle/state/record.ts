import type { BottleSpec, Resource } from '../../drivers/driver.ts';
import type { DiskStart } from '../disk/disk-verdict.ts';
import type { ProcessIdentity } from '../../host/processes.ts';
import { isLive, type Phase } from './phases.ts';
import type { NamedOnHost } from '../../workspace/apply/project-paths.ts';

/** Where a bottle's work is, on the host. */
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
 * A secret that is read again: how it is called, what gives it, and how long that is good for; undefined: as long as it says
 * itself, or until a host rejects it.
 */
export interface Refresh {
  readonly name: string;
  readonly argv: readonly string[];
  readonly refreshMs?: number;
  /** As in `SecretSource`. */
  readonly gives?: 'awsCredentials';
  /** What was read at the start says that it is good until then. */
  readonly expiresAtMs?: number;
}

/** Where the manifests were looked for that a bottle was started by: they may have changed since. */
export interface ManifestPlaces {
  readonly projectPath: string;
  /** Of --manifest, in full; undefined: none was named. */
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
  /** ISO 8601; once it is stopped or failed. */
  readonly endedAt?: string;
  /** The process that looks after the bottle: the launcher, or the keeper of a detached bottle. */
  readonly owner: ProcessIdentity;
  /** The user let go of it on purpose: it is not a crash when the launcher is gone. */
  readonly detached: boolean;
  /** Undefined: by a version that did not note it. */
  readonly manifests?: ManifestPlaces;
  /** Without the environment's values; undefined until it is resolved. */
  readonly spec: BottleSpec;
  readonly workspace: WorkspaceRecord;
  /** Resources that may exist outside the bottle's folder. */
  readonly resources: readonly Resource[];
  /** What the next start of the like takes of this computer: see start-files.ts. */
  readonly startFiles?: NamedOnHost;
  /** Secrets that are read again in time. Undefined: none. */
  readonly refreshes?: readonly Refresh[];
  /** What its workspace took before its agent ran. Undefined: not there yet, or nothing on the host's disk is written to. */
  readonly diskStart?: DiskStart;
  readonly exitCode?: number;
  /** Why it failed, or what could not be removed. */
  readonly reason?: string;
}

/** Whether it was ended, whatever its phase says now: nothing takes that back. */
export const saysEnded = ({ phase, endedAt }: Pick<BottleRecord, 'phase' | 'endedAt'>): boolean =>
  !isLive(phase) || endedAt !== undefined;

/** The spec as it may be written to disk: a value from the host's environment can be a secret, its name is not. */
export function withoutEnvValues(spec: BottleSpec): BottleSpec {
  return { ...spec, env: {} };
}
