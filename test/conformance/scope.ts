import { FAMILIES, type FamilyName } from '../../src/verify/probes/probe.ts';

/**
 * How much of the suite a file tries. All of it would take an hour more: each boundary that this host really has is tried whole once,
 * and so is each kind of user; where the same parts meet in another way, or under a stand-in, the groups below. The titles of the
 * tests say which. With `--mode whole`, which is `npm run conformance`, all files try all, but for Kata's stand-in.
 */
export interface Scope {
  /** By name, of the groups in suite.ts. */
  readonly groups: readonly Group[];
  /** Of probes, in the group `escapes`. */
  readonly families: readonly FamilyName[];
}

export type Group = (typeof GROUPS)[number];

export const GROUPS = [
  'the agent’s program',
  'confinement',
  'limits',
  'egress',
  'hostile requests',
  'escapes',
  'fails closed',
  'life',
] as const;

const ALL: Scope = { groups: GROUPS, families: Object.keys(FAMILIES) as FamilyName[] };

/** What the way out makes no other. */
const OF_ANY_NETWORK: readonly FamilyName[] = ['files', 'git', 'config', 'limits', 'kernel', 'terminal'];
const OF_THE_NETWORK = ALL.families.filter((family) => !OF_ANY_NETWORK.includes(family));

const without = (...names: readonly Group[]): readonly Group[] =>
  GROUPS.filter((group) => !names.includes(group));

const SCOPES = {
  all: ALL,
  /** All groups; of the probes, those that the network form decides. */
  'all, with the probes of the network': { groups: GROUPS, families: OF_THE_NETWORK },
  /** Under a stand-in whose machine ends as a whole where its memory does, and shows the host no program of its own. */
  'all but limits, with the probes of the network': { groups: without('limits'), families: OF_THE_NETWORK },
  /** A network form of its own, under a runtime and an engine that other files try. */
  'its network': {
    groups: without('the agent’s program', 'confinement', 'limits'),
    families: OF_THE_NETWORK,
  },
  /** Made by another user, or with another way to the gateway: but for limits, and requests of which the gateway alone decides. */
  'its maker and network': { groups: without('limits', 'hostile requests'), families: OF_THE_NETWORK },
  /** Parts that are each tried whole elsewhere, put together. */
  'what its parts are together': {
    groups: without('limits', 'hostile requests', 'escapes'),
    families: [],
  },
  /** On another release of Node, which the launcher and the gateway run on. */
  'its programs': { groups: without('limits', 'escapes'), families: [] },
} as const satisfies Readonly<Record<string, Scope>>;

export type ScopeName = keyof typeof SCOPES;

/** What a file tries usually, and with `--mode whole`. */
interface OfFile {
  readonly usually: ScopeName;
  readonly whole: ScopeName;
}

/** What a file tries in a run of this mode of vitest's, and how that is called. Pure. */
export function scopeOf({ usually, whole }: OfFile, mode: string): Scope & { readonly name: ScopeName } {
  const ofMode: Readonly<Record<string, ScopeName>> = { whole, quick: 'its programs' };
  const name = ofMode[mode] ?? usually;
  return { name, ...SCOPES[name] };
}
