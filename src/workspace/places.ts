import { isAbsolute, relative, resolve } from 'node:path';
import { hopsOf, realPlace } from './hops.ts';
import { comparable } from './paths.ts';

/** Files and folders of the host that lie in a project, and what is at its paths by that. */

/** A full path; undefined where it cannot be told. */
export interface Obeyed {
  readonly path: string | undefined;
  readonly why: string;
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

/** Why what is at a path of the project counts: one of these places is that file, or a folder that it is in; undefined where none is. Pure. */
export function whyAt(places: readonly Named[]): (path: string) => string | undefined {
  const known = places.map(({ text, why }) => ({ place: comparable(text), why }));
  return (path) => {
    const name = comparable(path);
    return known.find(({ place }) => isAt(name, place))?.why;
  };
}

/** Or above it: what is no folder there leads elsewhere. */
const isAt = (name: string, place: string): boolean =>
  place === '' || name === place || name.startsWith(`${place}/`) || place.startsWith(`${name}/`);
