import { isUtf8 } from 'node:buffer';
import { linkSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BottleError } from '../errors.ts';
import { escapeLines } from '../ui/terminal/text.ts';
import { basePaths } from './base.ts';
import type { WorkPlaces } from './changes.ts';
import { neutralGit } from './git.ts';
import { renderDiff, splitKindChanges } from './render-diff.ts';
import { withStage, type StagedChange } from './stage.ts';
import type { Entry } from './tree.ts';

/**
 * What an agent changed, as a unified diff. git compares the contents, under numbers instead of names: no name can be
 * that of a `.gitattributes`, so nothing in the tree decides how, or whether, a change is shown.
 */

/** Larger files are compared, but not shown. */
const BIG_FILE = 'core.bigFileThreshold=4m';

/** What a patch with the contents of binary files may be about: it is made in memory, and they are text in it. */
const MOST_BINARY_BYTES = 128 * 1024 ** 2;

export interface DiffOptions {
  /** With the contents of binary files, so that git can apply it; without, it says that they differ. */
  readonly isBinary?: boolean;
}

/**
 * The diff; empty where nothing changed.
 * @throws BottleError `dependencyMissing` where git is missing or fails; `usage` where the changed files are too large for `isBinary`
 */
export async function diff(places: WorkPlaces, { isBinary = false }: DiffOptions = {}): Promise<Buffer> {
  return await withStage(places, async (stage) => {
    const parts = splitKindChanges(stage.changes);
    if (isBinary) expectSmall(parts);
    layOut(parts, { stagePath: stage.path, treePath: basePaths(places.basePath).tree });
    return renderDiff(parts, await compare(stage.path, basePaths(places.basePath).git, isBinary));
  });
}

function expectSmall(parts: readonly StagedChange[]): void {
  const sizes = parts.flatMap(({ before, after }) => [before, after]).map(sizeOf);
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  if (bytes <= MOST_BINARY_BYTES) return;
  const [are, most] = [bytes, MOST_BINARY_BYTES].map((size) => Math.ceil(size / 1024 ** 2));
  throw new BottleError('usage', `the changed files have ${are} MiB; --binary takes ${most} at most`, {
    fix: 'leave --binary out, or bring the files in with: bot-bottle apply',
  });
}

const sizeOf = (entry: Entry | undefined): number => (entry?.kind === 'file' ? entry.size : 0);

/**
 * A diff for a terminal: control characters and what reorders or hides text become visible, and so do the bytes of a line that is not
 * UTF-8, in which a change would not show. Pure.
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

/** Two folders, `old` and `new`, with the two sides of each part under its number. A link is a file with its target. */
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
  throw new BottleError('dependencyMissing', 'git could not compare the files', {
    details: result.stderr.trim().split('\n').slice(-4),
  });
}
