import type { Boundary, RuntimeName } from '../../drivers/driver.ts';
import type { ResolvedAgent } from '../../manifest/resolve.ts';
import { refuseConflicts } from '../takeover/conflicts.ts';
import { namedBottle, type NamedBottle, type SettingTaken } from '../takeover/named-bottle.ts';
import type { Finding } from './finding.ts';
import { countFindings, findingsOf, mostSevereFirst, type SeverityCounts } from './findings.ts';
import { argumentsNaming } from './named-by.ts';
import { digestOfDrafts, readSubjects, type SubjectWishes } from './read.ts';

/** The part of a report that is about a bottle of the user's. Keys are added, never renamed: other programs read it. */
export interface BottleFindings {
  readonly bottle: {
    /** As it was named: a bottle, or an agent. */
    readonly name: string;
    /** The arguments that named it, as they were typed; older reports lack them. */
    readonly namedBy?: readonly string[];
    /** The agents that were looked at with it. */
    readonly agents: readonly string[];
    /** Whose bottle the probes were made in: one with its settings, or `arena`, verify's own. */
    readonly probedIn: 'bottle' | 'arena';
    /** What became of each of its settings there; none for `arena`. */
    readonly settings: readonly SettingTaken[];
    /** Of the manifests that it is written in, as a bottle's receipt has it. */
    readonly manifestDigest: string;
  };
  readonly findings: readonly Finding[];
  readonly findingCounts: SeverityCounts;
}

/** What was found, and the rung that a start would be about. */
export interface ReadBottle {
  readonly findings: BottleFindings;
  readonly runtime: RuntimeName | 'auto';
  readonly minBoundary: Boundary;
  /** As it is to be attacked; undefined where that cannot be: verify's own is. */
  readonly attacked: NamedBottle | undefined;
}

/**
 * Reads a bottle of the user's and judges it.
 * @throws BottleError as `start` does, when it is not trusted too; `manifest` where it leaves no way to attack it
 */
export async function readBottle(name: string, wishes: SubjectWishes): Promise<ReadBottle> {
  const read = await readSubjects(name, wishes);
  const findings = mostSevereFirst(read.flatMap(({ subject }) => findingsOf(subject)));
  const [first, ...others] = read.map(({ draft, subject }) => ({
    draft,
    agent: subject.agent,
    places: subject.places,
  }));
  if (first === undefined) throw new Error('a bottle has an agent, or a shell that stands in');
  const agents = [first, ...others].map(({ agent }) => agent);
  const attacked = canBeAttacked(first.agent) ? namedBottle([first, ...others]) : undefined;
  if (attacked !== undefined) for (const agent of agents) refuseConflicts(agent);
  return {
    findings: {
      bottle: {
        name,
        namedBy: argumentsNaming(name, wishes),
        agents: agents.map((agent) => agent.name),
        probedIn: attacked === undefined ? 'arena' : 'bottle',
        settings: attacked?.settings ?? [],
        manifestDigest: digestOfDrafts(read.map(({ draft }) => draft)),
      },
      findings,
      findingCounts: countFindings(findings),
    },
    // Of one bottle: the same for all that work in it.
    runtime: first.agent.runtime,
    minBoundary: first.agent.minBoundary,
    attacked,
  };
}

/** A gateway that is not bot-bottle's knows no ports and no pinned addresses, so no control would go through. */
const canBeAttacked = ({ gateway }: ResolvedAgent): boolean => gateway.engine === 'bot-bottle';
