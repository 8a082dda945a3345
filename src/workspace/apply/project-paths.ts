import { basename, isAbsolute, join, relative, resolve } from 'node:path';
import { hopsOf, realPlace } from '../links/hops.ts';
import { comparable } from '../paths.ts';

/** Maps files and folders of the host that lie in a project to paths of the project. */

/** A file or folder of the host that something obeys. `path` is absolute; undefined if unknown. */
export interface Obeyed {
  readonly path: string | undefined;
  readonly why: string;
  /** The file's text counts too, as with hooks: it may run or read any file that it names. */
  readonly isScript?: true;
}

/** `text` is a path relative to the project, a pattern, or a text that may contain file names. */
export interface Named {
  readonly text: string;
  readonly why: string;
}

/**
 * Returns a function that lists the project paths of a host path and of every link on the way to its target. The list
 * is empty if all of them lie outside the project. An unknown path stands for the whole project.
 */
export function placer(projectPath: string): (obeyed: Obeyed) => Named[] {
  const real = realPlace(projectPath);
  const tops = [resolve(projectPath), real];
  // An alias of the project's own folder is only a way in: the hops after it show where the path leads.
  const insideOf = (one: string): string[] =>
    tops.flatMap((top) => (one === top && top !== real ? [] : relative(top, one)));
  return ({ path, why }) => {
    const inside = path === undefined ? [''] : hopsOf(path).flatMap(insideOf).filter(isBelow);
    return [...new Set(inside)].map((text) => ({ text, why }));
  };
}

const isBelow = (path: string): boolean => path !== '..' && !path.startsWith('../') && !isAbsolute(path);

/**
 * Files of a project that something outside runs or obeys: where they lie, and texts that may contain their names, such
 * as hooks and commands. An agent that changes such a file gets its text run next.
 */
export interface NamedIn {
  /** Relative to the project: a file, or a folder with everything in it. */
  readonly places: readonly Named[];
  readonly texts: readonly Named[];
}

/** The same with absolute paths on the host, inside or outside the project. */
export interface NamedOnHost {
  readonly files: readonly Obeyed[];
  /** Patterns for files that exist or may appear: `*` is any text within a name, `**` any folders. */
  readonly patterns: readonly Named[];
  readonly texts: readonly Named[];
}

/** Returns everything that either names. Pure. */
export const mergeNamed = (one: NamedOnHost, other: NamedOnHost): NamedOnHost => ({
  files: [...one.files, ...other.files],
  patterns: [...one.patterns, ...other.patterns],
  texts: [...one.texts, ...other.texts],
});

/** Names nothing. */
export const NOTHING_NAMED: NamedOnHost = { files: [], patterns: [], texts: [] };

/** Returns a function that explains which pattern matches a path of the project; undefined if none does. */
export function whyMatched(
  patterns: readonly Named[],
  projectPath: string,
): (path: string) => string | undefined {
  const tops = [...new Set([resolve(projectPath), realPlace(projectPath)])];
  const known = patterns.map(({ text, why }) => ({ parts: comparable(text).split('/'), why }));
  return (path) => {
    const names = tops.map((top) => comparable(join(top, path)).split('/'));
    return known.find(({ parts }) => names.some((name) => isAbout(parts, name)))?.why;
  };
}

/**
 * Whether a pattern matches a path, both relative to the project: `*` is anything but a slash, `**` any folders. Pure.
 */
export const matchesPattern = (pattern: string, path: string): boolean =>
  matches(comparable(pattern).split('/'), comparable(path).split('/'), { any: FOLDERS, isOne: isNameOf });

/**
 * Whether a pattern matches a path, or the path lies above a match, up to the first `**`: a non-folder there can lead
 * elsewhere.
 */
function isAbout(parts: readonly string[], name: readonly string[]): boolean {
  const any = parts.indexOf(FOLDERS);
  const fixed = parts.slice(0, any === -1 ? -1 : any);
  const isOnTheWay = name.length <= fixed.length && name.every((one, at) => isNameOf(fixed[at] ?? '', one));
  return isOnTheWay || matches(parts, name, { any: FOLDERS, isOne: isNameOf });
}

const FOLDERS = '**';
const isNameOf = (part: string, name: string): boolean =>
  matches(part.split(''), name.split(''), { any: '*', isOne: (one, other) => one === other });

interface Wildcard {
  readonly any: string;
  readonly isOne: (part: string, item: string) => boolean;
}

/**
 * Backtracks to the latest wildcard only: a regular expression would try all of them, and a hostile path could make
 * that take as long as it likes.
 */
function matches(parts: readonly string[], items: readonly string[], { any, isOne }: Wildcard): boolean {
  let [part, item, lastAny, from] = [0, 0, -1, 0];
  while (item < items.length) {
    if (parts[part] === any) [lastAny, from, part] = [part, item, part + 1];
    else if (part < parts.length && isOne(parts[part] ?? '', items[item] ?? ''))
      [part, item] = [part + 1, item + 1];
    else if (lastAny === -1) return false;
    else [from, part, item] = [from + 1, lastAny + 1, from + 1];
  }
  return parts.slice(part).every((left) => left === any);
}

/** Returns a function that explains why a project path is named; undefined if no name is found. Pure. */
export function whyNamed({ places, texts }: NamedIn): (path: string) => string | undefined {
  const known = places.map(({ text, why }) => ({ place: comparable(text), why }));
  const named = texts.map(({ text, why }) => ({
    text: comparable(text),
    paths: pathsIn(comparable(text)),
    why,
  }));
  return (path) => {
    const name = comparable(path);
    const isNamed = ({ text, paths }: (typeof named)[number]): boolean =>
      (basename(name).length >= SHORTEST_NAME && text.includes(basename(name))) ||
      paths.some((part) => `/${name}`.includes(`/${part}`));
    return (known.find(({ place }) => isAt(name, place)) ?? named.find(isNamed))?.why;
  };
}

/** Whether `name` is `place`, or lies below or above it: a non-folder above it can lead elsewhere. */
const isAt = (name: string, place: string): boolean =>
  place === '' || name === place || name.startsWith(`${place}/`) || place.startsWith(`${name}/`);

const SHORTEST_NAME = 3;
/** Quotes and the other characters that end a word in a shell. */
const ENDS_OF_WORDS = /[\s"'`;|&()<>=$\\{}]+/;

/** Every word that may be a path, cut at the first wildcard: a folder, a file, or a file name without its extension. */
const pathsIn = (text: string): readonly string[] =>
  text
    .split(ENDS_OF_WORDS)
    .filter((word) => word.includes('/'))
    .map((word) => word.replace(/[*?[].*$/s, '').replace(/^[./]*\//, ''))
    .filter((part) => part.length >= SHORTEST_NAME);
