import { FAMILIES, type FamilyName } from '../../src/verify/probes/probe.ts';

/**
 * How much of the suite a file runs; the titles of its tests say that. `npm test` runs five of the files, and two of
 * these only for the network (everyday). `npm run test:full` and `npm run conformance` run every file as far as its
 * rung can (whole).
 */
export interface Scope {
  /** Names of the groups in suite.ts. */
  readonly groups: readonly Group[];
  /** Families of the probes in the group `escapes`. */
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

/** Families of probes whose result does not depend on the network form. */
const OF_ANY_NETWORK: readonly FamilyName[] = ['files', 'git', 'config', 'limits', 'kernel', 'terminal'];
const OF_THE_NETWORK = ALL.families.filter((family) => !OF_ANY_NETWORK.includes(family));

const without = (...names: readonly Group[]): readonly Group[] =>
  GROUPS.filter((group) => !names.includes(group));

const SCOPES = {
  all: ALL,
  /** A rung whose gateway and boundary other files attack: only its way to the gateway differs. */
  'egress, ways and DNS': { groups: ['egress', 'escapes'], families: ['ways', 'dns'] },
  /** A stand-in for a machine: probes of limits would end it. */
  'all, with the probes of the network': { groups: GROUPS, families: OF_THE_NETWORK },
  /** A stand-in that also ends when it runs out of memory. */
  'all but limits, with the probes of the network': { groups: without('limits'), families: OF_THE_NETWORK },
  /** For another release of Node, which runs the launcher and the gateway. */
  'its programs': { groups: without('limits', 'escapes'), families: [] },
} as const satisfies Readonly<Record<string, Scope>>;

export type ScopeName = keyof typeof SCOPES;

/** The scope of a file by default, and with `--mode whole`; the default is `all`. */
export interface FileScopes {
  readonly everyday?: ScopeName;
  readonly whole?: ScopeName;
}

/** Returns the scope of a file in a mode of vitest, and the scope's name. Pure. */
export function scopeOf(
  { whole = 'all', everyday = whole }: FileScopes,
  mode: string,
): Scope & { readonly name: ScopeName } {
  const ofMode: Readonly<Record<string, ScopeName>> = { whole, quick: 'its programs' };
  const name = ofMode[mode] ?? everyday;
  return { name, ...SCOPES[name] };
}
