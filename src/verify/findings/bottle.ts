import type { Boundary, RuntimeName } from '../../drivers/driver.ts';
import type { Finding } from './finding.ts';
import { countFindings, findingsOf, mostSevereFirst, type SeverityCounts } from './findings.ts';
import { readSubjects, type SubjectWishes } from './read.ts';

/** The part of a report that is about a bottle of the user's. Keys are added, never renamed: other programs read it. */
export interface BottleFindings {
  readonly bottle: {
    /** As it was named: a bottle, or an agent. */
    readonly name: string;
    /** The agents that were looked at with it. */
    readonly agents: readonly string[];
    /** Whose bottle the probes were made in: `arena`, verify's own. */
    readonly probedIn: 'arena';
  };
  readonly findings: readonly Finding[];
  readonly findingCounts: SeverityCounts;
}

/** Said wherever findings are shown, because the two are easily taken for one. */
export const PROBED_IN_ARENA =
  'The probes were made in a bottle of verify’s own, on the rung that this bottle would get: not with its image, resources, env, workspace, rules or dlp, and not in your project. Findings follow from the manifest; nothing was tried for them, and no secret of inject was read.';

/** What was found, and the rung that a start would be about. */
export interface ReadBottle {
  readonly findings: BottleFindings;
  readonly runtime: RuntimeName | 'auto';
  readonly minBoundary: Boundary;
}

/** Reads a bottle of the user's and judges it. @throws BottleError as `start` does, when it is not trusted too */
export async function readBottle(name: string, wishes: SubjectWishes): Promise<ReadBottle> {
  const subjects = await readSubjects(name, wishes);
  const findings = mostSevereFirst(subjects.flatMap(findingsOf));
  const agents = subjects.map(({ agent }) => agent);
  return {
    findings: {
      bottle: { name, agents: agents.map((agent) => agent.name), probedIn: 'arena' },
      findings,
      findingCounts: countFindings(findings),
    },
    // Of one bottle: the same for all that work in it.
    runtime: agents[0]?.runtime ?? 'auto',
    minBoundary: agents[0]?.minBoundary ?? 'shared-kernel',
  };
}
