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

/** Reads the user's own bottle as a start would: found, valid and trusted. Reads no secrets of identities. */

export type SubjectWishes = Pick<ManifestWishes, 'projectPath' | 'named' | 'yes'>;

/** The bottle to judge, and its text. */
export interface SubjectRead {
  readonly subject: Subject;
  readonly draft: Draft;
}

/**
 * Reads the bottle of this name with each agent that works in it; or the agent of this name.
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

/** A bottle as the manifests describe it now. */
export interface WrittenBottle {
  /** The name as given. */
  readonly name: string;
  /** The digest of its manifests, as in a bottle's receipt. */
  readonly manifestDigest: string;
  readonly image: ResolvedImage;
}

/**
 * Reads the text of a bottle. It need not be trusted, because nothing of it runs.
 * @throws BottleError `manifest`, `usage`
 */
export async function readWritten(
  name: string,
  { projectPath, named }: Pick<SubjectWishes, 'projectPath' | 'named'>,
): Promise<WrittenBottle> {
  const drafts = draftsMeant(await readManifests(projectPath, named), name);
  // A setting of the bottle, so it is the same for all its agents.
  const image = resolveImage(drafts[0]?.bottle.settings.image);
  return { name, manifestDigest: digestOfDrafts(drafts), image };
}

/** Returns the digests of all their files, without duplicates. */
export const digestOfDrafts = (drafts: readonly Pick<Draft, 'files'>[]): string =>
  [...new Set(drafts.flatMap(({ files }) => files.map(({ digest }) => digest)))].join(' ');

/** Asks no questions, and uses empty answers: an answer given at a start is no grant of the manifest. */
async function resolveDraft(draft: Draft): Promise<ResolvedAgent> {
  const answers = new Map(questionsOf(draft).map(({ variable }) => [variable, '']));
  const presets = await readPresets(presetsOf(draft.bottle));
  return resolve(draft, { hostVariable, answers, presets, homeDir: homeDir() });
}

/** Returns the positions of a draft's settings; those of an agent's own variables are in the agent. */
export const placesIn = ({ bottle, env }: Pick<Draft, 'bottle' | 'env'>): ReadonlyMap<string, string> =>
  new Map([
    ...Object.entries(bottle.settings).flatMap(([key, written]) =>
      written !== undefined && 'at' in written ? [[key, positionOf(written.at)] as const] : [],
    ),
    ...[...env].map(([variable, { at }]) => [`env.${variable}`, positionOf(at)] as const),
  ]);
