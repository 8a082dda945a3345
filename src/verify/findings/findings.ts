import { SEVERITIES, type Finding, type Severity, type Subject } from './finding.ts';
import { KINDS } from './kinds/index.ts';

/** Returns the findings for a bottle's own grants, the most severe first. Pure. */
export function findingsOf(subject: Subject): readonly Finding[] {
  const all = KINDS.flatMap(({ id, claim, severities, source, find }) =>
    find(subject).map(({ severity, evidence, place, remedy }): Finding => ({
      id,
      severity,
      claim,
      evidence,
      place: place ?? null,
      why: severities[severity] ?? '',
      remedy,
      source,
    })),
  );
  return mostSevereFirst(all);
}

/** Sorts the findings of several agents by severity, and removes duplicates. */
export function mostSevereFirst(findings: readonly Finding[]): readonly Finding[] {
  const once = [
    ...new Map(findings.map((one) => [`${one.id}\0${one.evidence}\0${one.place}`, one])).values(),
  ];
  return SEVERITIES.flatMap((severity) => once.filter((one) => one.severity === severity));
}

export type SeverityCounts = Readonly<Record<Severity, number>>;

/** Counts the findings of each severity. */
export const countFindings = (findings: readonly Finding[]): SeverityCounts =>
  Object.fromEntries(
    SEVERITIES.map((severity) => [severity, findings.filter((one) => one.severity === severity).length]),
  ) as SeverityCounts;

/** Returns whether any finding has at least this severity. */
export const reaches = (findings: readonly Finding[], floor: Severity): boolean =>
  findings.some(({ severity }) => SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(floor));
