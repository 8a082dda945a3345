import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BottleError, reasonOf } from '../errors.ts';
import { MANIFEST_NAME } from '../manifest/find.ts';
import { MANIFEST_TEMPLATE } from '../manifest/template.ts';

/** What would be written, and where. @throws BottleError `wouldLoseWork` when one is there */
export function planTemplate(projectPath: string): { readonly path: string; readonly content: string } {
  const path = join(projectPath, MANIFEST_NAME);
  if (existsSync(path)) throw isThere(path);
  return { path, content: MANIFEST_TEMPLATE };
}

const isThere = (path: string): BottleError => new BottleError('wouldLoseWork', `${path} is there already`);

/** Writes the template into the folder and gives its path. @throws BottleError `wouldLoseWork` when one is there */
export async function writeTemplate(projectPath: string): Promise<string> {
  const { path, content } = planTemplate(projectPath);
  try {
    await writeFile(path, content, { flag: 'wx', mode: 0o644 });
    return path;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST') throw isThere(path);
    const isNoFolder = code === 'ENOENT' || code === 'ENOTDIR';
    throw new BottleError('usage', `${path} cannot be written: ${reasonOf(error)}`, {
      fix: isNoFolder
        ? `make the project’s folder first: mkdir -p ${projectPath}`
        : 'give yourself the right to write in the project’s folder',
      cause: error,
    });
  }
}
