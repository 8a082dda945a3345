import { dirname, isAbsolute, join, resolve } from 'node:path';
import { homeDir } from '../../host/paths.ts';
import { findProgram } from '../../host/system/programs.ts';
import type { Manifest } from '../../manifest/load.ts';
import { namedHere, SECRET_COMES, type NamedFile } from '../../manifest/named-files.ts';
import type { NamedOnHost } from '../../workspace/apply/project-paths.ts';

/**
 * What the next start by these manifests takes of this computer. Where it lies in a project, an agent could have changed it: its work comes
 * back with a consent of its own.
 */

interface StartedBy {
  readonly projectPath: string;
  /** Of --manifest: over links of the project's, perhaps. */
  readonly named: string | undefined;
}

/** What manifests name, and which programs their commands are just now. Looks into no folder of the project: what is to come counts too. */
export function startFilesOf(manifest: Manifest, { projectPath, named }: StartedBy): NamedOnHost {
  const { files, commands, protect } = namedHere(manifest, homeDir());
  const given = commands.map((command) => givenTo(command, homeDir()));
  const programs = commands.flatMap(([program = '']) => findProgram(program) ?? []);
  const fromCommands = [...programs, ...given.flatMap(({ paths }) => paths)];
  return {
    files: unique([
      ...files,
      ...(named === undefined ? [] : [{ path: resolve(named), why: 'it says what bot-bottle grants' }]),
      ...fromCommands.map((path) => ({ path, why: SECRET_COMES, isScript: true as const })),
    ]),
    patterns: [
      ...protect.map((pattern) => ({
        text: isAbsolute(pattern) ? pattern : join(projectPath, pattern),
        why: 'what stands in it must not leave your bottles',
      })),
      ...given.flatMap(({ patterns }) => patterns).map((text) => ({ text, why: SECRET_COMES })),
    ],
    texts: commands
      .flat()
      .filter((argument) => MORE_THAN_A_WORD.test(argument))
      .map((text) => ({ text, why: SECRET_COMES })),
  };
}

const unique = <T extends NamedFile>(files: readonly T[]): readonly T[] => [
  ...new Map(files.map((file) => [`${file.path}\0${file.why}`, file])).values(),
];

/** What a shell makes something else of. */
const MORE_THAN_A_WORD = /[\s~$*?[`]/;
/** Quotes, and what else ends a word for a shell, or stands before the path in the value of an option. */
const ENDS_OF_WORDS = /[\s"'`;|&()<>=@\\,:]+/;
/** What stands for any name, or part of one. */
const STANDS_FOR_ANY = /\$\{[^}]*\}|\$\w*|\[[^\]]*\]|\?|\{[^}]*\}|\*+/g;

interface Given {
  readonly paths: readonly string[];
  /** In which `*` is any text within a name. */
  readonly patterns: readonly string[];
}

/**
 * What a command is given by full paths, whole arguments or words of them; and by others behind each of these, as it may go into that folder
 * first. The root is nobody's file. Pure.
 */
export function givenTo(command: readonly string[], home: string): Given {
  const words = command
    .map((argument) => argument.replaceAll(HOME, () => home))
    .flatMap((argument) => [argument, ...argument.split(ENDS_OF_WORDS)]);
  const full = words.filter((word) => isAbsolute(word) && dirname(word) !== word);
  const others = words.filter((word) => !isAbsolute(word) && /[./]/.test(word));
  const all = [...full, ...full.flatMap((folder) => others.map((word) => join(folder, word)))];
  const isPattern = (word: string): boolean => word.search(STANDS_FOR_ANY) !== -1;
  return {
    paths: all.filter((word) => !isPattern(word)),
    patterns: all.filter(isPattern).map((word) => word.replaceAll(STANDS_FOR_ANY, '*')),
  };
}

/** As a shell has it, where it is no part of another word. */
const HOME = /(?<![^\s"'=:(])~(?=\/)|\$\{HOME\}|\$HOME\b/g;
