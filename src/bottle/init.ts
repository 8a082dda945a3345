import { existsSync, readdirSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BottleError, errnoOf, reasonOf } from '../errors.ts';
import { diskFault } from '../host/files.ts';
import { shellLine } from '../host/shell-words.ts';
import { MANIFEST_NAME } from '../manifest/find.ts';
import { manifestTemplate, presetsFor } from '../manifest/template.ts';
import { findProgram } from '../host/system/programs.ts';

/** The template and its path; writes nothing. @throws BottleError `wouldLoseWork` if a manifest exists */
export function planTemplate(projectPath: string): { readonly path: string; readonly content: string } {
  const path = join(projectPath, MANIFEST_NAME);
  if (existsSync(path)) throw isThere(path);
  const presets = presetsFor(namesIn(projectPath), (program) => findProgram(program) !== undefined);
  return { path, content: manifestTemplate(presets) };
}

/** A folder that cannot be read has no names; the later write reports the reason. */
function namesIn(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

const isThere = (path: string): BottleError =>
  new BottleError('wouldLoseWork', `${path} is there already`, { fix: 'read it, or move it away' });

/** Writes the template into the folder; returns its path. @throws BottleError `wouldLoseWork` if one exists, `usage` */
export async function writeTemplate(projectPath: string): Promise<string> {
  const { path, content } = planTemplate(projectPath);
  await using file = await open(path, 'wx', 0o644).catch((error: unknown) => {
    throw errnoOf(error) === 'EEXIST' ? isThere(path) : notWritten(error, { path, projectPath });
  });
  try {
    await file.writeFile(content);
  } catch (error) {
    // A partial file after a full disk would block the next attempt.
    await rm(path, { force: true }).catch(() => undefined);
    throw notWritten(error, { path, projectPath });
  }
  return path;
}

interface Wanted {
  readonly path: string;
  readonly projectPath: string;
}

function notWritten(error: unknown, { path, projectPath }: Wanted): unknown {
  const fault = diskFault(error);
  if (fault !== error) return fault;
  return new BottleError('usage', `${path} cannot be written: ${reasonOf(error)}`, {
    fix: remedyFor(errnoOf(error), projectPath),
    cause: error,
  });
}

function remedyFor(errno: string | undefined, projectPath: string): string {
  if (errno === 'ENOTDIR') return 'name the project’s folder: that is a file';
  if (errno === 'ENOENT' && !existsSync(projectPath))
    return `make the project’s folder first: ${shellLine(['mkdir', '-p', projectPath])}`;
  return 'name a folder in which you may write';
}
