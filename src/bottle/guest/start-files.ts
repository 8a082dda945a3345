import { dirname, isAbsolute, join, resolve } from 'node:path';
import { homeDir } from '../../host/paths.ts';
import { findProgram } from '../../host/system/programs.ts';
import type { Manifest } from '../../manifest/load.ts';
import { namedHere, SECRET_COMES, type NamedFile } from '../../manifest/named-files.ts';
import { BottleError } from '../../errors.ts';
import { hostVariable } from '../../host/env.ts';
import { PRESETS } from '../../manifest/presets/table.ts';
import type { PresetName } from '../../manifest/schema/rule-schema.ts';
import { placer, type NamedOnHost } from '../../workspace/apply/project-paths.ts';

/**
 * The files and commands of this host that the next start by these manifests uses. An agent can change those in its
 * project, so their changes come back only with a separate consent.
 */

interface StartedBy {
  readonly projectPath: string;
  /** From --manifest; the path may lead through links in the project. */
  readonly named: string | undefined;
}

/**
 * The files that the manifests name, and the current programs of their commands. Does not look into folders of the
 * project, because files that do not exist yet count too.
 */
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
        why: 'its content must not leave your bottles',
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

/** Characters that a shell expands or splits at. */
const MORE_THAN_A_WORD = /[\s~$*?[`]/;
/** Quotes, other characters that end a word in a shell, and characters before the path in an option's value. */
const ENDS_OF_WORDS = /[\s"'`;|&()<>=@\\,:]+/;
/** Wildcards and variables: each may stand for any name, or for a part of it. */
const STANDS_FOR_ANY = /\$\{[^}]*\}|\$\w*|\[[^\]]*\]|\?|\{[^}]*\}|\*+/g;

interface Given {
  readonly paths: readonly string[];
  /** Patterns in which `*` matches any text within a name. */
  readonly patterns: readonly string[];
}

/**
 * The paths and patterns that a command gets: full paths, as whole arguments or as words in them, and each other word
 * joined to each full path, because the command may change to that folder first. Ignores the root folder. Pure.
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

/** The home folder in shell notation, if it is not part of another word. */
const HOME = /(?<![^\s"'=:(])~(?=\/)|\$\{HOME\}|\$HOME\b/g;

/**
 * Refuses variables, such as CARGO_HOME set by direnv(1), that lead a preset's client into the project. Clients
 * otherwise ignore the project. A preset must not read the project's files: an agent could write the policy of the next
 * start.
 * @throws BottleError `policy` naming the variable
 */
export function refuseVariablesInProject(presets: readonly PresetName[], projectPath: string): void {
  const inProject = placer(projectPath);
  for (const preset of presets)
    for (const variable of PRESETS[preset].variables) {
      const { paths } = givenTo([hostVariable(variable) ?? ''], homeDir());
      const path = paths.find((one) => inProject({ path: one, why: variable }).length > 0);
      if (path === undefined) continue;
      throw new BottleError(
        'policy',
        `${variable} leads the preset ${preset} to ${path}, which is in the project`,
        {
          fix: `unset ${variable}, or name the hosts in the manifest instead of the preset`,
        },
      );
    }
}
