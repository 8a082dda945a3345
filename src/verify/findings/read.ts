import { rulesFor } from '../../bottle/egress/foreign-gateway.ts';
import { requireTrust, type ManifestWishes } from '../../bottle/manifest.ts';
import { policyOf } from '../../bottle/egress/policy.ts';
import { hostVariable } from '../../host/env.ts';
import { homeDir } from '../../host/paths.ts';
import { draftsMeant, presetsOf, questionsOf, type Draft } from '../../manifest/draft.ts';
import { readManifests } from '../../manifest/find.ts';
import { readPresets } from '../../manifest/presets.ts';
import { resolve, resolveImage, type ResolvedAgent, type ResolvedImage } from '../../manifest/resolve.ts';
import { positionOf } from '../../manifest/text/report.ts';
import type { Subject } from './finding.ts';
import { lookAtHost, lookAtProject } from './look.ts';

/** The user's own bottle, as a start would have it: found, valid, trusted, in force. No secret of an identity is read. */

export type SubjectWishes = Pick<ManifestWishes, 'projectPath' | 'named' | 'yes'>;

/** What is judged, and as it is written. */
export interface SubjectRead {
  readonly subject: Subject;
  readonly draft: Draft;
}

/**
 * The bottle of this name with each agent that works in it; or the agent of this name.
 * @throws BottleError as `start` does: `manifest`, `policy` when it is not trusted, `usage`
 */
export async function readSubjects(name: string, wishes: SubjectWishes): Promise<readonly SubjectRead[]> {
  const manifest = await readManifests(wishes.projectPath, wishes.named);
  const drafts = draftsMeant(manifest, name);
  if (!(wishes.yes && wishes.named !== undefined)) {
    for (const draft of drafts) await requireTrust(manifest, draft);
  }
  const host = lookAtHost();
  const agents = await Promise.all(
    drafts.map(async (draft) => ({ draft, agent: await resolveDraft(draft) })),
  );
  const isMounted = agents.some(({ agent }) => agent.workspace === 'mount');
  const mounted = isMounted ? await lookAtProject(wishes.projectPath) : undefined;
  const facts = await host;
  return agents.map(({ draft, agent }) => ({
    draft,
    subject: {
      agent,
      policy: policyOf(rulesFor(agent.gateway, agent)),
      places: placesIn(draft),
      host: facts,
      mounted: agent.workspace === 'mount' ? mounted : undefined,
    },
  }));
}

/** A bottle as it is written now. */
export interface WrittenBottle {
  /** As it was named. */
  readonly name: string;
  /** Of the manifests that it is written in, as a bottle's receipt has it. */
  readonly manifestDigest: string;
  readonly image: ResolvedImage;
}

/**
 * Reads what is written of it, which need not be trusted for that: nothing of it is used.
 * @throws BottleError `manifest`, `usage`
 */
export async function readWritten(
  name: string,
  { projectPath, named }: Pick<SubjectWishes, 'projectPath' | 'named'>,
): Promise<WrittenBottle> {
  const drafts = draftsMeant(await readManifests(projectPath, named), name);
  // Of one bottle, whoever works in it.
  const image = resolveImage(drafts[0]?.bottle.settings.image);
  return { name, manifestDigest: digestOfDrafts(drafts), image };
}

/** Of all of them, each once. */
export const digestOfDrafts = (drafts: readonly Pick<Draft, 'files'>[]): string =>
  [...new Set(drafts.flatMap(({ files }) => files.map(({ digest }) => digest)))].join(' ');

/** Questions are not asked: what somebody would answer at a start is nobody's grant. */
async function resolveDraft(draft: Draft): Promise<ResolvedAgent> {
  const answers = new Map(questionsOf(draft).map(({ variable }) => [variable, '']));
  const presets = await readPresets(presetsOf(draft.bottle));
  return resolve(draft, { hostVariable, answers, presets, homeDir: homeDir() });
}

/** Where a draft's settings are written; of an agent's own variables, in the agent. */
export const placesIn = ({ bottle, env }: Pick<Draft, 'bottle' | 'env'>): ReadonlyMap<string, string> =>
  new Map([
    ...Object.entries(bottle.settings).flatMap(([key, written]) =>
      written !== undefined && 'at' in written ? [[key, positionOf(written.at)] as const] : [],
    ),
    ...[...env].map(([variable, { at }]) => [`env.${variable}`, positionOf(at)] as const),
  ]);
