import type { RungUnderTest } from '../support/rung.ts';
import type { Apart } from './apart.ts';
import type { Edit } from './apply.ts';

/** A mistake that would open a bottle of ours, and the checks that must notice it. */
export interface Sabotage {
  readonly name: string;
  readonly rung: RungUnderTest;
  readonly edits: readonly Edit[];
  /** Runs all of it in this separate namespace, `verify` and its listeners too, because it would do harm elsewhere. */
  readonly apart?: Apart;
  /** The message with which `start` refuses; undefined if a start does not check for this mistake. */
  readonly refusal?: RegExp;
  /**
   * The probes that find it once `start` is blind to it. Without these and `unproven`, no start is possible, or nothing
   * gets through.
   */
  readonly breached?: readonly string[];
  /** Probes of the same families that still hold: the findings of other probes do not count for them. */
  readonly held?: readonly string[];
  /** The probes whose controls fail. */
  readonly unproven?: readonly string[];
}

/** Returns an edit of the program that starts and attacks bottles. */
export const main = (find: RegExp, put: string): Edit => ({ file: 'dist/main.cjs', find, put });

/** Returns an edit of the gateway. */
export const gateway = (find: RegExp, put: string): Edit => ({ file: 'dist/gateway.cjs', find, put });

/** Lets a container send any packet. */
export const netRaw = main(/CapAdd: plan2\.capabilities,/, 'CapAdd: ["NET_RAW", ...plan2.capabilities],');

/** Removes the filter of system calls. */
export const noFilter = main(/\.\.\.seccomp\(plan2?, dialect2?\),/, '"seccomp=unconfined",');

export const BUBBLEWRAP: RungUnderTest = {
  runtime: 'bubblewrap',
  engine: 'bubblewrap',
  boundary: 'shared-kernel',
  networkForm: 'joined',
  user: 'root',
};
export const RUNC: RungUnderTest = { ...BUBBLEWRAP, runtime: 'runc', engine: 'docker' };
export const BRIDGE: RungUnderTest = { ...RUNC, networkForm: 'bridge' };
