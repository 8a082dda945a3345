import type { Boundary, RuntimeName } from '../../drivers/driver.ts';
import type { ResolvedAgent } from '../../manifest/resolve.ts';
import { refuseConflicts } from '../takeover/conflicts.ts';
import { namedBottle, type NamedBottle, type SettingTaken } from '../takeover/named-bottle.ts';
import type { Finding } from './finding.ts';
import { countFindings, findingsOf, mostSevereFirst, type SeverityCounts } from './findings.ts';
import { argumentsNaming } from './named-by.ts';
import { digestOfDrafts, readSubjects, type SubjectWishes } from './read.ts';

/** The part of a report about a user's bottle. Other programs read it: add keys, never rename them. */
export interface BottleFindings {
  readonly bottle: {
    /** The name as given: of a bottle, or of an agent. */
    readonly name: string;
    /** The arguments that named it, as typed; older reports lack them. */
    readonly namedBy?: readonly string[];
    /** The agents that were inspected with it. */
    readonly agents: readonly string[];
    /** The bottle in which the probes ran: one with its settings, or `arena`, verify's own. */
    readonly probedIn: 'bottle' | 'arena';
    /** How each of its settings was applied there; empty for `arena`. */
    readonly settings: readonly SettingTaken[];
    /** The digest of its manifests, as in a bottle's receipt. */
    readonly manifestDigest: string;
  };
  readonly findings: readonly Finding[];
  readonly findingCounts: SeverityCounts;
}

/** The findings, and the runtime and boundary that a start would use. */
export interface ReadBottle {
  readonly findings: BottleFindings;
  readonly runtime: RuntimeName | 'auto';
  readonly minBoundary: Boundary;
  /** The bottle to attack; undefined if that is not possible, and verify attacks its own. */
  readonly attacked: NamedBottle | undefined;
}

/**
 * Reads a user's bottle and returns its findings.
 * @throws BottleError as `start` does, also when it is not trusted; `manifest` when its settings prevent an attack
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
    // Settings of the bottle, so they are the same for all its agents.
    runtime: first.agent.runtime,
    minBoundary: first.agent.minBoundary,
    attacked,
  };
}

/** Another gateway supports neither ports nor pinned addresses, so no control would get through. */
const canBeAttacked = ({ gateway }: ResolvedAgent): boolean => gateway.engine === 'bot-bottle';
