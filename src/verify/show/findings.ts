import { FAMILIES, type FamilyName } from '../probes/probe.ts';
import type { OpenReport, ProbeRow, Result, RungReport, VerifyReport } from '../report.ts';
import { labelsOf } from './rungs.ts';

/** Groups the rows of a report: by claim, by reason, and by the setting that caused a breach. */

/** A row, and its rung. */
export interface Place {
  readonly rung: RungReport;
  /** The rung's short name. */
  readonly label: string;
  readonly row: ProbeRow;
}

/** One probe on all rungs. */
export interface Claim extends Pick<ProbeRow, 'id' | 'family' | 'claim' | 'attack' | 'breach' | 'source'> {
  readonly places: readonly Place[];
}

/** Places with the same evidence. */
export interface Reason {
  readonly reason: string;
  readonly places: readonly Place[];
}

export const FAMILY_NAMES = Object.keys(FAMILIES) as FamilyName[];

/** Ordered from the most important to the least. */
export const WORST_FIRST: readonly Result[] = ['breached', 'unproven', 'held', 'notApplicable'];

/** Returns all rows of all rungs. */
function placesOf({ rungs }: VerifyReport): readonly Place[] {
  const labels = labelsOf(rungs);
  return rungs.flatMap((rung, at) =>
    rung.probes.map((row) => ({ rung, label: labels[at] ?? rung.runtime, row })),
  );
}

/** Returns the claims in the order of the families. */
export function claimsOf(report: VerifyReport): readonly Claim[] {
  const places = placesOf(report);
  const byId = groupBy(places, ({ row }) => row.id);
  const claims = [...byId.values()].map((places) => ({ ...places[0].row, places }));
  return FAMILY_NAMES.flatMap((family) => claims.filter((claim) => claim.family === family));
}

/** Returns the different evidence of all rows with this result, each with its places. */
export function reasonsOf(report: VerifyReport, result: Result): readonly Reason[] {
  const places = placesOf(report).filter(({ row }) => row.result === result);
  return [...groupBy(places, ({ row }) => row.evidence)].map(([reason, places]) => ({ reason, places }));
}

/** Returns the places where a claim was broken. */
export const breachedIn = ({ places }: Claim): readonly Place[] =>
  places.filter(({ row }) => row.result === 'breached');

/** The broken claims. */
export interface Breaches {
  readonly ungranted: readonly Claim[];
  /** By the setting of the user's bottle that caused the breach. */
  readonly granted: ReadonlyMap<string, readonly Claim[]>;
}

/** Returns the broken claims by cause. A setting counts as the cause only if it is the cause in every place. */
export function breachesOf(report: VerifyReport): Breaches {
  const broken = claimsOf(report).filter((claim) => breachedIn(claim).length > 0);
  const byGrant = groupBy(broken, (claim) => grantOf(claim) ?? '');
  const granted = new Map([...byGrant].filter(([grant]) => grant !== ''));
  return { ungranted: byGrant.get('') ?? [], granted };
}

function grantOf(claim: Claim): string | undefined {
  const [first, ...others] = breachedIn(claim).map(({ row }) => row.grant);
  return others.every((grant) => grant === first) ? first : undefined;
}

/** Returns the ids of broken claims by rung and users: `runc/docker as agent and as root`. */
export function whereBreached(claims: readonly Claim[]): ReadonlyMap<string, readonly string[]> {
  const found = claims.flatMap((claim) =>
    [...groupBy(breachedIn(claim), ({ label }) => label)].map(([label, places]) => ({
      where: `${label} as ${places.map(({ row }) => row.user).join(' and as ')}`,
      id: claim.id,
    })),
  );
  return new Map(
    [...groupBy(found, ({ where }) => where)].map(([where, all]) => [where, all.map(({ id }) => id)]),
  );
}

/** Returns the probes that did not succeed in the open: those that were made, and the others by the reason. */
export function missesOf({ failed, notMade }: OpenReport): {
  readonly made: readonly string[];
  readonly notMade: ReadonlyMap<string, readonly string[]>;
} {
  return {
    made: failed.filter((id) => !(id in notMade)),
    notMade: groupBy(
      failed.filter((id) => id in notMade),
      (id) => notMade[id] ?? '',
    ),
  };
}

/** Returns the worst result of several rows. */
export const worstOf = (rows: readonly Pick<ProbeRow, 'result'>[]): Result =>
  WORST_FIRST.find((result) => rows.some((row) => row.result === result)) ?? 'notApplicable';

type Some<T> = readonly [T, ...T[]];

/** Groups things by key, in the order in which each key first occurs. */
export function groupBy<T>(things: readonly T[], keyOf: (thing: T) => string): ReadonlyMap<string, Some<T>> {
  const groups = new Map<string, [T, ...T[]]>();
  for (const thing of things) {
    const group = groups.get(keyOf(thing));
    if (group === undefined) groups.set(keyOf(thing), [thing]);
    else group.push(thing);
  }
  return groups;
}
