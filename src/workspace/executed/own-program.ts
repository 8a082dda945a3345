import { join } from 'node:path';
import { packageRoot } from '../../host/paths.ts';
import { everyProgram } from '../../host/system/programs.ts';
import { hopsOf, realPlace } from '../links/hops.ts';
import type { NamedOnHost } from '../apply/project-paths.ts';

/** The places of bot-bottle on this host. An agent that may write there decides what runs on the host next. */
export interface OwnProgram {
  /** The folder of the package, or of the clone, without links. */
  readonly rootPath: string;
  /** The other places that it runs from: links on PATH that lead to it, with all hops on the way, and Node. */
  readonly otherPaths: readonly string[];
}

/** Returns the places of this process. */
export function ownProgram(): OwnProgram {
  const rootPath = realPlace(packageRoot());
  const led = [
    ...everyProgram('bot-bottle'),
    ...['dist', 'node_modules'].map((name) => join(rootPath, name)),
  ];
  const otherPaths = [...led, process.execPath].flatMap(hopsOf).filter((path) => !isIn(rootPath, path));
  return { rootPath, otherPaths: [...new Set(otherPaths)] };
}

const isIn = (folder: string, path: string): boolean => path === folder || path.startsWith(`${folder}/`);

/**
 * What a clone runs, rebuilds itself from at the next start, or gives to bottles. The documentation, the tests and the
 * benchmarks are not here: only developers of bot-bottle run these.
 */
const RUN = {
  files: ['bot-bottle', 'package.json', 'package-lock.json', '.npmrc', 'tsconfig.json'],
  folders: ['src', 'scripts', 'assets', 'images', 'schema', 'dist', 'node_modules'],
};
const WHY = 'bot-bottle runs it on this host';

/** Returns these places as files that the next start reads. Pure. */
export function filesOf({ rootPath, otherPaths }: OwnProgram): NamedOnHost {
  const texts = [
    ...RUN.files.map((name) => join(rootPath, name)),
    ...RUN.folders.map((name) => join(rootPath, name, '**')),
  ];
  return {
    files: otherPaths.map((path) => ({ path, why: WHY })),
    patterns: texts.map((text) => ({ text, why: WHY })),
    texts: [],
  };
}
