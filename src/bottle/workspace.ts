import { stat } from 'node:fs/promises';
import { escapeText } from '../ui/terminal/text.ts';
import type { Owner } from '../drivers/driver.ts';
import { copyIn, type CopyReport } from '../workspace/copy-in.ts';
import { checkMount, type MountReport } from '../workspace/mount.ts';
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

function describe({ leftOut, broughtIn }: CopyReport, note: (line: string) => void): void {
  if (leftOut.length > 0)
    note(`not in the bottle: ${shorten(leftOut.map(({ path, why }) => `${path} (${why})`))}`);
  if (broughtIn.length > 0)
    note(`in the bottle although ignored, by .worktreeinclude: ${shorten(broughtIn)}`);
}
