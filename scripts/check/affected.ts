import { basename, dirname, join } from 'node:path';

/** Selects the unit tests to run and the files to lint after a change. Pure: works on names and texts alone. */

export interface Affected {
  readonly tests: readonly string[];
  /** Tests that the change may affect, but that are left to `npm test`. */
  readonly left: readonly string[];
  readonly lint: readonly string[];
}

/**
 * If a change affects more test files than this, `npm run check` runs only the nearest by imports: ten seconds on two
 * processors.
 */
export const MOST_TESTS = 40;

/** Test files that take more than two seconds: they run only if they import a changed file themselves. */
export const SLOW: ReadonlySet<string> = new Set([
  'src/gateway/dlp/carriers.test.ts',
  'src/gateway/dlp/body/encoded-body.test.ts',
  'src/gateway/dlp/body/pictures.test.ts',
  'src/gateway/dlp/thread/carriers.test.ts',
  'src/gateway/http/websocket/waiting.test.ts',
  'src/gateway/inject/scrub/long-secrets.test.ts',
  'src/gateway/screen/guessing.test.ts',
  'src/gateway/tunnel/shared-reads.test.ts',
  'src/host/run.test.ts',
]);

/** A change of one of these files may affect everything. */
const FELT_ANYWHERE =
  /^(?:package(?:-lock)?\.json|tsconfig\.json|vitest\.config\.ts|\.oxlintrc\.json|\.npmrc)$/;

/** These tests inspect the whole repository: the names in its documents, and its test files. */
export const ALWAYS = ['scripts/docs.test.ts', 'scripts/test/files.test.ts'];

const isModule = (path: string): boolean => /\.[cm]?ts$/.test(path);
const isUnitTest = (path: string): boolean => /^(?:src|scripts|fuzz)\/.*\.test\.ts$/.test(path);

/**
 * Returns what a change of the files `changed` affects; undefined: everything. `sources` contains the text of each
 * module of the repository by its path. A test is affected if it reaches a changed file by imports of more than types,
 * which the compiler checks, or if it reaches a module that names the file. Slow tests that are not close to the change
 * are left out, and the farthest tests if there are too many.
 */
export function affectedBy(
  changed: readonly string[],
  sources: ReadonlyMap<string, string>,
): Affected | undefined {
  if (changed.some((path) => FELT_ANYWHERE.test(path))) return undefined;
  const others = changed.filter((path) => !isModule(path));
  const unnamed = others.filter((path) => !path.endsWith('.md') && naming(path, sources).length === 0);
  if (unnamed.length > 0) return undefined;
  const importers = importersOf(sources);
  const begin = [...changed.filter(isModule), ...changed.flatMap((path) => naming(path, sources))];
  const imports = importsTo(begin, importers.running);
  const affected = [...imports.keys()].filter((path) => isUnitTest(path) && sources.has(path));
  const isNear = (path: string): boolean => (imports.get(path) ?? 0) <= 1;
  const tests = affected
    .filter((path) => isNear(path) || !SLOW.has(path))
    .filter((path, at) => isNear(path) || at < MOST_TESTS);
  const direct = changed.filter(isModule).flatMap((path) => [path, ...(importers.all.get(path) ?? [])]);
  return {
    tests: [...new Set([...ALWAYS, ...tests])],
    left: affected.filter((path) => !tests.includes(path)),
    lint: [...new Set(direct)].filter((path) => sources.has(path)),
  };
}

/**
 * Returns the modules whose text contains the name of this file; for a file that is no module, also those that name its
 * folder.
 */
function naming(path: string, sources: ReadonlyMap<string, string>): string[] {
  const names = isModule(path) ? [path] : [basename(path), ...asNamed(basename(dirname(path)))];
  return [...sources].flatMap(([module, text]) =>
    module !== path && names.some((name) => text.includes(name)) ? [module] : [],
  );
}

/** Returns the forms in which a text names a folder: at the end of a path, or alone. None for the repository's root. */
const asNamed = (folder: string): string[] =>
  folder === '.' ? [] : [`'${folder}'`, ...["'", '"', '`', '/'].map((end) => `/${folder}${end}`)];

/**
 * A static or dynamic import, or a re-export. Groups: `type`, if the import disappears at run time, and the specifier.
 */
const IMPORT =
  /(?:\b(?:im|ex)port\b(\s+type\b)?[^;()'"]*?\bfrom|\bimport)\s*\(?\s*['"](\.{1,2}\/[^'"]+)['"]/g;

interface Importers {
  /** Importers of anything in the module. */
  readonly all: ReadonlyMap<string, readonly string[]>;
  /** Importers of more than its types: its behaviour affects them. */
  readonly running: ReadonlyMap<string, readonly string[]>;
}

/** Returns the importers of each module, by the specifiers in the texts. */
function importersOf(sources: ReadonlyMap<string, string>): Importers {
  const [all, running] = [new Map<string, string[]>(), new Map<string, string[]>()];
  const add = (importers: Map<string, string[]>, imported: string, path: string): void =>
    void importers.set(imported, [...(importers.get(imported) ?? []), path]);
  for (const [path, text] of sources)
    for (const [, type, specifier = ''] of text.matchAll(IMPORT)) {
      const imported = join(dirname(path), specifier);
      add(all, imported, path);
      if (type === undefined) add(running, imported, path);
    }
  return { all, running };
}

/**
 * Returns these modules and their direct and indirect importers, nearest first, each with the number of imports
 * between.
 */
function importsTo(
  begin: readonly string[],
  importers: ReadonlyMap<string, readonly string[]>,
): ReadonlyMap<string, number> {
  const imports = new Map(begin.map((path) => [path, 0]));
  for (const [path, count] of imports)
    for (const importer of importers.get(path) ?? [])
      if (!imports.has(importer)) imports.set(importer, count + 1);
  return imports;
}
