import { stat } from 'node:fs/promises';
import { escapeText } from '../ui/terminal/text.ts';
import type { Owner } from '../drivers/driver.ts';
import { copyIn, type CopyReport } from '../workspace/copy/copy-in.ts';
import { checkMount, type MountReport } from '../workspace/mount.ts';
import type { BottleRequest } from './request.ts';
import { compileRules } from '../gateway/dlp/rules/compile.ts';
import { createPatternScan } from '../gateway/dlp/rules/match.ts';
import { pinnedRules } from '../gateway/dlp/rules/pinned.ts';
import type { RuleSet } from '../gateway/dlp/rules/rule.ts';
import type { FindSecret } from '../workspace/copy/secrets.ts';
import { driverOf } from '../drivers/index.ts';
import { BottleError } from '../errors.ts';
import { apply, planApplyOf, type ApplyReport } from '../workspace/apply/apply.ts';
import type { ApplyPlan } from '../workspace/apply/apply-plan.ts';
import { diff, type DiffOptions, hasWork } from '../workspace/diff/diff.ts';
import type { RenderedDiff } from '../workspace/diff/render-diff.ts';
import { NOTHING_NAMED } from '../workspace/apply/project-paths.ts';
import { type BottleRecord, type WorkspaceRecord, isLive } from './state/record.ts';
import { findRecord, type bottlePaths } from './state/store.ts';

/** The folders of a bottle's work, before anything is copied. Pure. */
export function planWorkspace(
  { mode, projectPath }: BottleRequest['workspace'],
  { workPath, basePath }: ReturnType<typeof bottlePaths>,
): WorkspaceRecord {
  if (mode === 'copy') return { mode, projectPath, workPath, basePath };
  return mode === 'mount' ? { mode, projectPath } : { mode };
}

/** How to copy or check a workspace. */
interface WorkspaceWishes {
  readonly owner: Owner;
  /** The user's own rules; undefined if there are none. */
  readonly secretRules: BottleRequest['secretRules'];
  /** Files of the project that the manifest lets in although they look like secrets. */
  readonly copyAnyway: readonly string[];
}

/** Makes the copy, or checks the folder to mount; tells the user which files stay out or come in. */
export async function bringWorkspaceIn(
  workspace: WorkspaceRecord,
  { owner, secretRules, copyAnyway }: WorkspaceWishes,
  frontend: { readonly note: (line: string) => void },
): Promise<void> {
  if (workspace.mode === 'copy') {
    const findSecret = fileSecrets(secretRules);
    describe(await copyIn({ ...workspace, owner, findSecret, copyAnyway }), frontend.note);
  }
  if (workspace.mode === 'mount') {
    describeMount(await checkMount(workspace.projectPath), frontend.note);
    const { uid } = await stat(workspace.projectPath);
    if (uid !== owner.uid)
      frontend.note(
        `the project belongs to uid ${uid}; the agent is uid ${owner.uid} and may not be able to write there`,
      );
  }
}

function describeMount({ secrets, sharedFiles }: MountReport, note: (line: string) => void): void {
  if (secrets.length > 0)
    note(
      `the agent can read these, because the project is mounted: ${shorten(secrets.map(({ path, what }) => `${path} (${what})`))}`,
    );
  if (sharedFiles.length > 0)
    note(`these files have another name outside of the project: ${shorten(sharedFiles)}`);
}

const MOST_NAMED = 8;

function shorten(paths: readonly string[]): string {
  const more = paths.length > MOST_NAMED ? `, and ${paths.length - MOST_NAMED} more` : '';
  return paths.slice(0, MOST_NAMED).map(escapeText).join(', ') + more;
}

function describe({ leftOut, broughtIn, secretsIn }: CopyReport, note: (line: string) => void): void {
  const secrets = leftOut.filter(({ why }) => why === 'secret');
  const others = leftOut.filter(({ why }) => why !== 'secret');
  const told = [
    ...secrets.map(({ path, detail }) => `${path} (secret: ${detail ?? 'by its name'})`),
    ...others.map(({ path, why }) => `${path} (${why})`),
  ];
  if (told.length > 0) note(`not in the bottle: ${shorten(told)}`);
  if (secrets.length > 0)
    note('to let in what is no secret, name it under copy_anyway in the bottle’s manifest');
  const tracked = secrets.filter(({ isTracked }) => isTracked === true).map(({ path }) => path);
  if (tracked.length > 0)
    note(`git tracks these secrets, so the agent can read them in the history: ${shorten(tracked)}`);
  if (broughtIn.length > 0)
    note(`in the bottle although ignored, by .worktreeinclude: ${shorten(broughtIn)}`);
  if (secretsIn.length > 0)
    note(`in the bottle although they look like secrets, by copy_anyway: ${shorten(secretsIn)}`);
}

/**
 * Searches files for secrets by the same rules as the gateway uses on outgoing data: bot-bottle's own and the user's.
 * Skips advisory rules, which are wrong too often to block.
 * @returns a function that returns the name of the matching rule; it compiles the rules on its first call
 */
export function fileSecrets(own: RuleSet | undefined): FindSecret {
  let scan: ReturnType<typeof createPatternScan> | undefined;
  return (text) => {
    scan ??= createPatternScan(
      [...pinnedRules(), ...(own === undefined ? [] : compileRules(own))].filter(
        ({ advisory }) => advisory !== true,
      ),
    );
    return scan(text, [{ start: 0, end: text.length }], true)[0]?.rule.id;
  };
}

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
