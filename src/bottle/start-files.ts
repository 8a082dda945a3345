import { dirname, isAbsolute, resolve } from 'node:path';
import { homeDir } from '../host/paths.ts';
import { findProgram } from '../host/programs.ts';
import type { Manifest } from '../manifest/load.ts';
import { namedHere, SECRET_COMES } from '../manifest/named-files.ts';
import { protectedFiles } from '../secrets/protected/files.ts';
import type { NamedOnHost } from '../workspace/places.ts';

/**
 * What the next start by these manifests takes of this computer. Where it lies in a project, an agent could have changed it: its work comes
 * back with a consent of its own.
 */

interface StartedBy {
  readonly projectPath: string;
  /** Of --manifest: over links of the project's, perhaps. */
  readonly named: string | undefined;
}

/** Finds what manifests name. */
export async function startFilesOf(
  manifest: Manifest,
  { projectPath, named }: StartedBy,
): Promise<NamedOnHost> {
  const { files, commands, protect } = namedHere(manifest, homeDir());
  // Where there are more than can be looked for, no bottle of theirs starts.
  const guarded = await protectedFiles(protect, projectPath).catch(() => []);
  const programs = commands.flatMap(([program = '']) => findProgram(program) ?? []);
  return {
    files: [
      ...files,
      ...(named === undefined ? [] : [{ path: resolve(named), why: 'it says what bot-bottle grants' }]),
      ...guarded.map((path) => ({ path, why: 'what stands in it must not leave your bottles' })),
      ...[...programs, ...commands.flat().flatMap(pathsIn)].map((path) => ({ path, why: SECRET_COMES })),
    ],
    texts: commands
      .flat()
      .filter((argument) => MORE_THAN_A_WORD.test(argument))
      .map((text) => ({ text, why: SECRET_COMES })),
  };
}

/** What a shell makes something else of. */
const MORE_THAN_A_WORD = /[\s~$*?[`]/;
/** Quotes, and what else ends a word for a shell, or stands before the path in the value of an option. */
const ENDS_OF_WORDS = /[\s"'`;|&()<>=@\\{},:]+/;

/** An argument, or words of it, up to what stands for any name. The root is no file of anybody's. Pure. */
export const pathsIn = (argument: string): readonly string[] =>
  [argument, ...argument.split(ENDS_OF_WORDS)]
    .map((word) => word.replace(/[*?[].*$/s, ''))
    .filter((word) => isAbsolute(word) && dirname(word) !== word);
