import { basename } from 'node:path';
import { BottleError, errnoOf } from '../../errors.ts';
import { escapeText } from '../../ui/terminal/text.ts';
import { planApply, type ApplyPlan, type PathAndWhy } from './apply-plan.ts';
import { openBase, openWork, readBaseRecord, writeBaseRecord, type WorkPlaces } from '../base.ts';
import { executedRule, linkIn, linksOf } from '../executed/executed-change.ts';
import { repositoriesOf, inRepository } from '../git/inner-repositories.ts';
import { filesOf, ownProgram } from '../executed/own-program.ts';
import {
  mergeNamed,
  placer,
  whyMatched,
  whyNamed,
  type Named,
  type NamedIn,
  type NamedOnHost,
  type Obeyed,
} from './project-paths.ts';
import { leadsToLeftOut } from '../links/left-out-links.ts';
import { foldersOfAll } from '../paths.ts';
import { ProjectLook } from './project-state.ts';
import { readRunByGit } from '../git/user-git-commands.ts';
import { currentRef, newRefs, readRefs } from '../git/refs.ts';
import { scriptAt } from '../executed/script.ts';
import { withStage, type Stage, type StagedChange } from '../diff/stage.ts';
import { Tree } from '../tree.ts';
import { advanceBase, writeChanges } from './project-writer.ts';

/** Brings an agent's changes into the project: files only. The agent's commits stay in the bottle. */

export interface ApplyRequest extends WorkPlaces {
  readonly projectPath: string;
  readonly bottleId: string;
  /** Files of this host that the next start reads. Apply also asks about those that lie in the project. */
  readonly startFiles: NamedOnHost;
  /**
   * Asks the user once, if programs of the host run or obey some files. Without consent these files stay in the bottle.
   */
  consent(executed: ApplyPlan['executed']): Promise<boolean>;
}

export interface ApplyReport {
  readonly written: readonly string[];
  readonly deleted: readonly string[];
  readonly alreadyThere: readonly string[];
  readonly staysInBottle: readonly PathAndWhy[];
  /** Branches, tags and stashes that the agent made, which stay in the bottle. */
  readonly newRefs: readonly string[];
}

/** Returns what `apply` would do. Changes nothing. */
export async function planApplyOf(request: Omit<ApplyRequest, 'consent'>): Promise<ApplyPlan> {
  return await withStage(request, async (stage) => {
    using project = openProject(request);
    using base = openBase(request);
    return await plan(stage, { ...request, project, base });
  });
}

/**
 * Writes the agent's changes into the project. Writes nothing if the project changed in the same place. Replaces each
 * file in one step: a kill leaves it old or new, and the next apply continues from there.
 * @throws BottleError `wouldLoseWork` if a path changed on both sides; the error names each
 */
export async function apply(request: ApplyRequest): Promise<ApplyReport> {
  return await withStage(request, async (stage) => {
    using project = openProject(request);
    using base = openBase(request);
    const planned = await plan(stage, { ...request, project, base });
    if (planned.conflicts.length > 0) throw conflictError(planned.conflicts);
    const agreed = planned.executed.length === 0 || (await request.consent(planned.executed));
    const accepted = agreed ? [...planned.writes, ...planned.executed] : planned.writes;
    const look = new ProjectLook({ project, base }, stage.changes);
    await writeChanges({ bottleId: request.bottleId, project, base, look }, accepted);
    advanceBase(base, planned.alreadyThere);
    const refs = await advanceRefs(request);
    return report(planned, { accepted, agreed, newRefs: refs });
  });
}

/** @throws BottleError `usage` if the project's folder is missing: it was moved, or its disk is not mounted */
function openProject({ projectPath, bottleId }: Pick<ApplyRequest, 'projectPath' | 'bottleId'>): Tree {
  try {
    return new Tree(projectPath);
  } catch (error) {
    const code = errnoOf(error);
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
    throw new BottleError('usage', `the project is not at ${escapeText(projectPath)} any more`, {
      fix: `move it back for as long as apply takes, or put a link to it there; bot-bottle diff ${bottleId} shows the work`,
      cause: error,
    });
  }
}

interface PlanContext {
  readonly project: Tree;
  readonly base: Tree;
  readonly basePath: string;
  readonly projectPath: string;
  readonly startFiles: NamedOnHost;
}

async function plan(
  stage: Stage,
  { project, base, basePath, projectPath, startFiles }: PlanContext,
): Promise<ApplyPlan> {
  const record = await readBaseRecord(basePath);
  const { isSame, stateOf } = new ProjectLook({ project, base }, stage.changes);
  const paths = stage.changes.map(({ path }) => path);
  const byGit = whyNamed(await readRunByGit(projectPath, paths));
  const ofRepository = inRepository(repositoriesOf(project, stage.changes));
  // Takes bot-bottle's files as they are now, because those run next.
  const named = mergeNamed(startFiles, filesOf(ownProgram()));
  const atStart = whyNamed(inProject(named, projectPath));
  const byPattern = whyMatched(named.patterns, projectPath);
  const leftOut = record?.leftOut ?? [];
  const toLeftOut = leftOutLinks(stage.changes, { leftOut, project, base });
  const executed = executedRule(
    base,
    stage.changes,
    (path) => atStart(path) ?? byPattern(path) ?? byGit(path) ?? ofRepository(path),
  );
  const executedWhy = (change: StagedChange): string | undefined => executed(change) ?? toLeftOut(change);
  return planApply(stage.changes, { leftOut, isSame, stateOf, executedWhy });
}

/** Returns a function that explains why a new link leads to something the bottle never had. */
function leftOutLinks(
  changes: readonly StagedChange[],
  { leftOut, project, base }: Pick<PlanContext, 'project' | 'base'> & { readonly leftOut: readonly string[] },
): (change: StagedChange) => string | undefined {
  const coming = changes.flatMap(linkIn);
  const links = coming.length === 0 ? [] : [...linksOf(base), ...coming];
  const paths = changes.map(({ path }) => path);
  const changed = new Set([...paths, ...foldersOfAll(paths).keys()]);
  const isUnknown = (path: string): boolean =>
    !changed.has(path) && base.entry(path) === undefined && project.entry(path) !== undefined;
  const why = leadsToLeftOut({ links, leftOut, isUnknown });
  return (change) => linkIn(change).map(why)[0];
}

/** A place that is the whole project is skipped: it is no reason to ask about each file. */
const inProject = ({ files, texts }: Pick<NamedOnHost, 'files' | 'texts'>, projectPath: string): NamedIn => ({
  places: files.flatMap(placer(projectPath)).filter(({ text }) => text !== ''),
  texts: [...texts, ...files.flatMap(saidBy)],
});

/**
 * Reads the host's version of a script: the agent's changes to it need their own consent. A file with NUL bytes is
 * compiled and counts as no text.
 */
function saidBy({ path, why, isScript }: Obeyed): readonly Named[] {
  if (isScript !== true || path === undefined) return [];
  const text = scriptAt(path);
  return text.includes('\0') ? [] : [{ text, why: `${basename(path)} has its name in it: ${why}` }];
}

function conflictError(conflicts: readonly PathAndWhy[]): BottleError {
  return new BottleError(
    'wouldLoseWork',
    'the project changed where the agent changed it too; nothing was applied',
    {
      details: conflicts.map(({ path, why }) => `${escapeText(path)}: ${escapeText(why)}`),
      fix: 'commit your own changes, then: bot-bottle diff BOTTLE --binary | git apply --3way',
    },
  );
}

/** Records the checked-out branch as applied, because apply brings in its files. Other branches remain work. */
async function advanceRefs({ workPath, basePath }: WorkPlaces): Promise<string[]> {
  const record = await readBaseRecord(basePath);
  using work = openWork({ workPath });
  const now = readRefs(work);
  const current = currentRef(work);
  const id = now[current];
  if (record !== undefined && id !== undefined)
    await writeBaseRecord(basePath, { ...record, refs: { ...record.refs, [current]: id } });
  return newRefs(record?.refs ?? {}, now);
}

interface Outcome {
  readonly accepted: readonly StagedChange[];
  readonly agreed: boolean;
  readonly newRefs: readonly string[];
}

function report(planned: ApplyPlan, { accepted, agreed, newRefs: refs }: Outcome): ApplyReport {
  const paths = (changes: readonly StagedChange[]): string[] => changes.map(({ path }) => path);
  const declined = agreed ? [] : planned.executed.map(({ path, why }) => ({ path, why }));
  return {
    written: paths(accepted.filter(({ after }) => after !== undefined)),
    deleted: paths(accepted.filter(({ after }) => after === undefined)),
    alreadyThere: paths(planned.alreadyThere),
    staysInBottle: [...planned.refused, ...declined],
    newRefs: refs,
  };
}
