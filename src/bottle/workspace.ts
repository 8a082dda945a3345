import type { Owner } from '../drivers/driver.ts';
import { copyIn, type CopyReport } from '../workspace/copy-in.ts';
import type { WorkspaceRecord } from './record.ts';
import type { BottleRequest } from './request.ts';
import type { bottlePaths } from './store.ts';

/** Where a bottle's work will be, before anything is copied. Pure. */
export function planWorkspace(
  { mode, projectPath }: BottleRequest['workspace'],
  { workPath, basePath }: ReturnType<typeof bottlePaths>,
): WorkspaceRecord {
  if (mode === 'copy') return { mode, projectPath, workPath, basePath };
  return mode === 'mount' ? { mode, projectPath } : { mode };
}

/** Makes the copy, or looks at the folder that is mounted; says to the user what stays out, or in. */
export async function bringWorkspaceIn(
  workspace: WorkspaceRecord,
  owner: Owner,
  frontend: { readonly note: (line: string) => void },
): Promise<void> {
  if (workspace.mode === 'copy') describe(await copyIn({ ...workspace, owner }), frontend.note);
}

const MOST_NAMED = 8;

function describe({ leftOut, broughtIn }: CopyReport, note: (line: string) => void): void {
  const named = leftOut.slice(0, MOST_NAMED).map(({ path, why }) => `${path} (${why})`);
  const more = leftOut.length > MOST_NAMED ? `, and ${leftOut.length - MOST_NAMED} more` : '';
  if (named.length > 0) note(`not in the bottle: ${named.join(', ')}${more}`);
  if (broughtIn.length > 0)
    note(`in the bottle although ignored, by .worktreeinclude: ${broughtIn.join(', ')}`);
}
