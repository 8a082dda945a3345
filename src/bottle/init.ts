import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BottleError, reasonOf } from '../errors.ts';
import { MANIFEST_NAME } from '../manifest/find.ts';
import { MANIFEST_TEMPLATE } from '../manifest/template.ts';

/** What would be written, and where. */
export const template = (projectPath: string): { readonly path: string; readonly content: string } => ({
  path: join(projectPath, MANIFEST_NAME),
  content: MANIFEST_TEMPLATE,
});

/** Writes the template into the folder and gives its path. @throws BottleError `wouldLoseWork` when one is there */
export async function writeTemplate(projectPath: string): Promise<string> {
  const { path, content } = template(projectPath);
  try {
    await writeFile(path, content, { flag: 'wx', mode: 0o644 });
    return path;
  } catch (error) {
    const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    throw isThere
      ? new BottleError('wouldLoseWork', `${path} is there already`)
      : new BottleError('usage', `${path} cannot be written: ${reasonOf(error)}`, { cause: error });
  }
}
