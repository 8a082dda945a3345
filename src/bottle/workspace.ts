import { stat } from 'node:fs/promises';
import { escapeText } from '../ui/terminal/text.ts';
import type { Owner } from '../drivers/driver.ts';
import { copyIn, type CopyReport } from '../workspace/copy/copy-in.ts';
import { checkMount, type MountReport } from '../workspace/mount.ts';
import type { WorkspaceRecord } from './state/record.ts';
import type { BottleRequest } from './request.ts';
import type { bottlePaths } from './state/store.ts';
import { compileRules } from '../gateway/dlp/rules/compile.ts';
import { createPatternScan } from '../gateway/dlp/rules/match.ts';
import { pinnedRules } from '../gateway/dlp/rules/pinned.ts';
import type { RuleSet } from '../gateway/dlp/rules/rule.ts';
import type { FindSecret } from '../workspace/copy/secret-file.ts';

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
