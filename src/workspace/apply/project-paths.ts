import { basename, isAbsolute, join, relative, resolve } from 'node:path';
import { hopsOf, realPlace } from '../links/hops.ts';
import { comparable } from '../paths.ts';

/** Files and folders of the host that lie in a project, and what is at its paths by that. */

/** A full path; undefined where it cannot be told. */
export interface Obeyed {
  readonly path: string | undefined;
  readonly why: string;
  /** What it says counts too, as of hooks: it may run, or read, what has its name there. */
  readonly isScript?: true;
}

/** By a path of the project, as it calls it, or by a text in which names may stand. */
export interface Named {
  readonly text: string;
  readonly why: string;
}

/**
 * Where a path lies in the project, with all links on the way to what it leads to; nothing where all of it lies elsewhere. What cannot be
 * told may be all of the project.
 */
export function placer(projectPath: string): (obeyed: Obeyed) => Named[] {
  const real = realPlace(projectPath);
  const tops = [resolve(projectPath), real];
  // By a link that is called like the project a way only comes in: what it leads to follows.
  const insideOf = (one: string): string[] =>
    tops.flatMap((top) => (one === top && top !== real ? [] : relative(top, one)));
  return ({ path, why }) => {
    const inside = path === undefined ? [''] : hopsOf(path).flatMap(insideOf).filter(isBelow);
    return [...new Set(inside)].map((text) => ({ text, why }));
  };
}

const isBelow = (path: string): boolean => path !== '..' && !path.startsWith('../') && !isAbsolute(path);

/**
 * What somebody outside runs or obeys of a project's files: where they lie, and texts in which their names may stand, such as hooks and
 * commands. An agent that may change such a file has its next words run.
 */
export interface NamedIn {
  /** Of the project, as it calls them: the file, or all that is in the folder. */
  readonly places: readonly Named[];
  readonly texts: readonly Named[];
}

/** The same by full paths, wherever they lie. */
export interface NamedOnHost {
  readonly files: readonly Obeyed[];
  /** Of files, there or to come: `*` is any text within a name, `**` any folders. */
  readonly patterns: readonly Named[];
  readonly texts: readonly Named[];
}

/** What either names. Pure. */
export const mergeNamed = (one: NamedOnHost, other: NamedOnHost): NamedOnHost => ({
  files: [...one.files, ...other.files],
  patterns: [...one.patterns, ...other.patterns],
  texts: [...one.texts, ...other.texts],
});

/** Where nobody names anything. */
export const NOTHING_NAMED: NamedOnHost = { files: [], patterns: [], texts: [] };

/** Why what is at a path of the project is one of what patterns are about; undefined where it is not. */
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

/** Whether a pattern is about a path, both relative to the project: `*` stands for anything but a slash, `**` for any folders. Pure. */
export const matchesPattern = (pattern: string, path: string): boolean =>
  matches(comparable(pattern).split('/'), comparable(path).split('/'), { any: FOLDERS, isOne: isNameOf });

/** Or about what is below it, up to where any folder may be: what is no folder there leads elsewhere. */
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

/** By the latest wildcard alone: a regular expression would try all of them, for as long as whoever made a path wants. */
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

/** Why what is at a path of the project counts; undefined where it does not, as far as can be seen. Pure. */
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

/** Or above it: what is no folder there leads elsewhere. */
const isAt = (name: string, place: string): boolean =>
  place === '' || name === place || name.startsWith(`${place}/`) || place.startsWith(`${name}/`);

const SHORTEST_NAME = 3;
/** Quotes, and what else ends a word for a shell. */
const ENDS_OF_WORDS = /[\s"'`;|&()<>=$\\{}]+/;

/** All that may be a path, up to what stands for any name in it: a folder, a file, or one without its extension. */
const pathsIn = (text: string): readonly string[] =>
  text
    .split(ENDS_OF_WORDS)
    .filter((word) => word.includes('/'))
    .map((word) => word.replace(/[*?[].*$/s, '').replace(/^[./]*\//, ''))
    .filter((part) => part.length >= SHORTEST_NAME);
