import { closeSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { changesPackageScripts, hostExecutes } from './host-executed.ts';
import type { StagedChange } from './stage.ts';
import type { Tree } from './tree.ts';

/** Why a program of the host would run what a change writes; undefined where none would. What goes away runs nothing. */
export function executedWhy(change: StagedChange, base: Tree): string | undefined {
  if (change.after === undefined) return undefined;
  if (basename(change.path).toLowerCase() === 'package.json') return packageScripts(change, base);
  return hostExecutes(change.path, change.after.kind === 'link');
}

const SCRIPTS = 'npm runs its scripts';
const MAX_JSON_BYTES = 1024 * 1024;

function packageScripts({ path, after, afterPath }: StagedChange, base: Tree): string | undefined {
  // A link: what it leads to can change later. And nobody writes a package.json of that size.
  if (after?.kind !== 'file' || afterPath === undefined || after.size > MAX_JSON_BYTES) return SCRIPTS;
  return changesPackageScripts(readText(base.openFile(path)), readFileSync(afterPath, 'utf8'))
    ? SCRIPTS
    : undefined;
}

function readText(fd: number | undefined): string | undefined {
  if (fd === undefined) return undefined;
  try {
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}
