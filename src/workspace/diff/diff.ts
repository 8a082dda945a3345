import { isUtf8 } from 'node:buffer';
import { linkSync, mkdirSync, writeFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { BottleError, AS_IT_SAYS } from '../../errors.ts';
import { escapeLines } from '../../ui/terminal/text.ts';
import { basePaths, type WorkPlaces, openWork, readBaseRecord } from '../base.ts';
import { MOST_GIT_SAYS_BYTES, neutralGit } from '../git/git.ts';
import { renderDiff, splitKindChanges, type RenderedDiff } from './render-diff.ts';
import { withStage, type StagedChange } from './stage.ts';
import { findChanges } from './changes.ts';
import { newRefs, readRefs } from '../git/refs.ts';

/**
 * Shows what an agent changed as a unified diff. git compares the contents under numbers instead of names: no name can
 * be `.gitattributes`, so nothing in the tree decides how, or whether, a change appears.
 */

/** Larger files are compared, but not shown. */
const BIG_FILE = 'core.bigFileThreshold=4m';

export interface DiffOptions {
  /** Includes the contents of binary files, so that git can apply the diff; without, it only says that they differ. */
  readonly isBinary?: boolean;
}

/**
 * Returns the diff; empty if nothing changed.
 * @throws BottleError `dependencyMissing` if git is missing or fails, `usage` if the diff is too large
 */
export async function diff(
  places: WorkPlaces,
  { isBinary = false }: DiffOptions = {},
): Promise<RenderedDiff> {
  return await withStage(places, async (stage) => {
    const parts = splitKindChanges(stage.changes);
    layOut(parts, { stagePath: stage.path, treePath: basePaths(places.basePath).tree });
    return renderDiff(parts, await compare(stage.path, basePaths(places.basePath).git, isBinary));
  });
}

/**
 * Returns a diff for a terminal. Makes visible: control characters, characters that reorder or hide text, and the bytes
 * of lines that are not UTF-8, in which a change would not show. Pure.
 */
export const showDiff = (diff: Buffer): string =>
  escapeLines(isUtf8(diff) ? diff.toString() : showBytes(diff));

const showBytes = (diff: Buffer): string =>
  diff
    .toString('latin1')
    .split('\n')
    .map((line) => {
      const bytes = Buffer.from(line, 'latin1');
      const show = (char: string): string => `\\x${char.charCodeAt(0).toString(16)}`;
      return isUtf8(bytes) ? bytes.toString() : line.replace(/[\x80-\xff]/g, show);
    })
    .join('\n');

/** Lays out `old` and `new` with both sides of each part under its number. A link becomes a file with its target. */
function layOut(
  parts: readonly StagedChange[],
  at: { readonly stagePath: string; readonly treePath: string },
): void {
  const [oldPath, newPath] = [join(at.stagePath, 'old'), join(at.stagePath, 'new')];
  for (const folder of [oldPath, newPath]) mkdirSync(folder);
  for (const [index, { path, before, after, afterPath }] of parts.entries()) {
    const [oldSide, newSide] = [join(oldPath, String(index)), join(newPath, String(index))];
    if (before?.kind === 'file') linkSync(join(at.treePath, path), oldSide);
    if (before?.kind === 'link') writeFileSync(oldSide, before.target);
    if (after?.kind === 'file' && afterPath !== undefined) linkSync(afterPath, newSide);
    if (after?.kind === 'link') writeFileSync(newSide, after.target);
  }
}

const FORMAT = ['--no-ext-diff', '--no-textconv', '--no-color', '--no-renames', '--no-prefix', '--unified=3'];

async function compare(stagePath: string, gitDir: string, isBinary: boolean): Promise<string> {
  const format = isBinary ? [...FORMAT, '--binary'] : FORMAT;
  const command = ['-c', BIG_FILE, 'diff', '--no-index', ...format, '--', 'old', 'new'];
  const result = await neutralGit({ gitDir, workTree: stagePath, encoding: 'latin1' }, command);
  if (result.exitCode === 0 || result.exitCode === 1) return result.stdout;
  if (result.stdout.length >= MOST_GIT_SAYS_BYTES)
    throw new BottleError('usage', `the diff is larger than ${MOST_GIT_SAYS_BYTES / 1024 ** 2} MiB`, {
      fix: isBinary ? 'leave --binary out, or: bot-bottle apply' : 'bot-bottle apply brings the files in',
    });
  throw new BottleError('dependencyMissing', 'git could not compare the files', {
    details: result.stderr.trim().split('\n').slice(-4),
    fix: AS_IT_SAYS,
  });
}

/**
 * Whether a bottle holds work that would be lost with it: a file that differs from what went in or was last applied, or
 * a branch, tag or stash that points at something new. Ignored files are not work. Stops at the first find.
 */
export async function hasWork(places: WorkPlaces): Promise<boolean> {
  // A copy gets its final name last: without it, the copy was never completed and nobody worked on it.
  if (!existsSync(places.workPath)) return false;
  const record = await readBaseRecord(places.basePath);
  // The record is missing, so there is nothing to compare with: assume work.
  if (record === undefined) return true;
  using work = openWork(places);
  if (newRefs(record.refs, readRefs(work)).length > 0) return true;
  for await (const _ of findChanges(places)) return true;
  return false;
}
