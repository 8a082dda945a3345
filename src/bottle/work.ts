import { driverOf } from '../drivers/index.ts';
import { BottleError } from '../errors.ts';
import type { ApplyReport } from '../workspace/apply/apply.ts';
import { apply, planApplyOf } from '../workspace/apply/apply.ts';
import type { ApplyPlan } from '../workspace/apply/apply-plan.ts';
import { diff, type DiffOptions } from '../workspace/diff/diff.ts';
import type { RenderedDiff } from '../workspace/diff/render-diff.ts';
import { NOTHING_NAMED } from '../workspace/apply/project-paths.ts';
import { hasWork } from '../workspace/work.ts';
import { isLive } from './state/phases.ts';
import type { BottleRecord, WorkspaceRecord } from './state/record.ts';
import { findRecord } from './state/store.ts';

/** Compares and applies an agent's work. */

type CopyRecord = Extract<WorkspaceRecord, { mode: 'copy' }>;

/** Whether the copy contains work that is not in the project. Such a bottle is never removed unasked. */
export async function holdsWork({ workspace }: BottleRecord): Promise<boolean> {
  return workspace.mode === 'copy' && (await hasWork(workspace));
}

/** The agent's changes as a unified diff. @throws BottleError `usage` if the bottle has no copy */
export async function diffOf(idOrAgent: string, options?: DiffOptions): Promise<RenderedDiff> {
  const record = await findRecord(idOrAgent);
  const copy = copyOf(record);
  if (isLive(record.phase)) await driverOf(record.spec.rung).bringOut(record.spec, false);
  return await diff(copy, options);
}

/** The effect of `apply`; changes nothing. @throws BottleError `usage` */
export async function planApplyTo(idOrAgent: string): Promise<ApplyPlan> {
  return await planApplyOf(applyRequest(await findRecord(idOrAgent)));
}

/**
 * Applies the agent's changes to the project they came from.
 * @throws BottleError `usage`, or `wouldLoseWork` if the project changed in the same places; nothing is applied then
 */
export async function applyTo(
  idOrAgent: string,
  consent: (executed: ApplyPlan['executed']) => Promise<boolean>,
): Promise<ApplyReport> {
  return await apply({ ...applyRequest(await findRecord(idOrAgent)), consent });
}

function applyRequest(record: BottleRecord) {
  if (isLive(record.phase)) {
    throw new BottleError('usage', `the agent of bottle ${record.id} is still at work`, {
      fix: `wait for its end, or: bot-bottle stop ${record.id}`,
    });
  }
  const { workPath, basePath, projectPath } = copyOf(record);
  return {
    workPath,
    basePath,
    projectPath,
    bottleId: record.id,
    startFiles: record.startFiles ?? NOTHING_NAMED,
  };
}

function copyOf({ id, workspace }: BottleRecord): CopyRecord {
  if (workspace.mode === 'copy') return workspace;
  const [why, fix] =
    workspace.mode === 'mount'
      ? ['it works in the project itself', 'its changes are there already: git diff']
      : ['it has no workspace', 'give the bottle `workspace: copy`, and start another'];
  throw new BottleError('usage', `bottle ${id} has no copy to compare or apply: ${why}`, { fix });
}
