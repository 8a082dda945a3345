import type { RungUnderTest } from '../support/rung.ts';
import type { Apart } from './apart.ts';
import type { Edit } from './apply.ts';

/** A way in which a bottle of ours could be open by a mistake, and who must notice. */
export interface Sabotage {
  readonly name: string;
  readonly rung: RungUnderTest;
  readonly edits: readonly Edit[];
  /** It is tried in a namespace of its own, as elsewhere it would do harm: all of it, `verify` and its listeners too. */
  readonly apart?: Apart;
  /** What `start` says, which does not start then; undefined: it is nothing that a start looks at. */
  readonly refusal?: RegExp;
  /** The probes that find it, once `start` is blind to it; without these, and `unproven`, there is no such start, or nothing gets through. */
  readonly breached?: readonly string[];
  /** Probes of the same families that do not: what others found is not counted for them. */
  readonly held?: readonly string[];
  /** The probes whose controls tell. */
  readonly unproven?: readonly string[];
}

/** An edit of what starts and attacks bottles. */
export const main = (find: RegExp, put: string): Edit => ({ file: 'dist/main.cjs', find, put });

/** An edit of the gateway. */
export const gateway = (find: RegExp, put: string): Edit => ({ file: 'dist/gateway.cjs', find, put });

/** A container may send any packet. */
export const netRaw = main(/CapAdd: plan2\.capabilities,/, 'CapAdd: ["NET_RAW", ...plan2.capabilities],');

/** Its system calls are not filtered. */
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
