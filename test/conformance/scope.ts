import { FAMILIES, type FamilyName } from '../../src/verify/probes/probe.ts';

/**
 * How much of the suite a file tries. Each runtime, engine, network form and kind of user is tried whole with one of the others at
 * least; where they only meet in another way, what can differ by that is tried. With `--mode whole` all files try all.
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
  /** A network form of its own, under a runtime and an engine that another file tries whole. */
  'its network': {
    groups: without('the agent’s program', 'confinement', 'limits'),
    families: OF_THE_NETWORK,
  },
  /** The same bottle, made by another user or with another network form: limits and the gateway are what they are elsewhere. */
  'its maker and network': { groups: without('limits', 'hostile requests'), families: OF_THE_NETWORK },
  /** Parts that are each tried whole elsewhere, put together. */
  'what its parts are together': {
    groups: without('limits', 'hostile requests', 'escapes'),
    families: [],
  },
} as const satisfies Readonly<Record<string, Scope>>;

export type ScopeName = keyof typeof SCOPES;

/** Another release of Node has other parts for the launcher and the gateway, and none for what is attacked by probes. */
const OF_MODE: Readonly<Record<string, ScopeName>> = { whole: 'all', quick: 'what its parts are together' };

/** What a file of that scope tries, in a run of this mode of vitest's. Pure. */
export const scopeOf = (name: ScopeName, mode: string): Scope => SCOPES[OF_MODE[mode] ?? name];
