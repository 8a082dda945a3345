import { basename } from 'node:path';
import type { Link } from './linked-targets.ts';
import { isDependencyFolder } from '../copy/listing.ts';
import { comparable, foldersOf, foldersOfAll } from '../paths.ts';

/**
 * Finds links that lead to something the bottle never had: `public/data -> ../.env` makes a web server of the user show
 * a secret that the agent itself cannot read. Pure, except for the lookups of `LinkFacts`.
 */

export interface LinkFacts {
  /** All links that the project will have. If several have the same path, the last counts. */
  readonly links: readonly Link[];
  /** Paths that the copy left out. A folder ends with a slash. */
  readonly leftOut: readonly string[];
  /** Whether the project has something at a path that the bottle never had. */
  readonly isUnknown: (path: string) => boolean;
}

/** The kernel gives up after 40 links: path_resolution(7). */
const MAX_LINKS = 40;

/** Returns a function that explains why a link leads to something the bottle never had; undefined if it does not. */
export function leadsToLeftOut({ links, leftOut, isUnknown }: LinkFacts): (link: Link) => string | undefined {
  const targets = new Map(links.map(({ path, target }) => [comparable(path), target]));
  const places = new Map(leftOut.map((path) => [comparable(path.replace(/\/$/, '')), path]));
  // Dependency folders are in many places and hold no secret.
  const shown = leftOut
    .map((path) => path.replace(/\/$/, ''))
    .filter((path) => !isDependencyFolder(basename(path)));
  const holding = new Map([...foldersOfAll(shown)].map(([folder, path]) => [comparable(folder), path]));
  const whyOf = (path: string): string | undefined => {
    const found = [...foldersOf(path), path].find(
      (place) => places.has(comparable(place)) || isUnknown(place),
    );
    if (found !== undefined) return `it leads to ${found}, which the bottle does not have`;
    const held = path === '' ? shown[0] : holding.get(comparable(path));
    return held === undefined
      ? undefined
      : `it leads to a folder with ${held} in it, which the bottle does not have`;
  };
  return ({ path, target }) => {
    let at: string | undefined = resolveIn(path, target);
    for (let step = 0; step < MAX_LINKS && at !== undefined; step += 1) {
      const why = whyOf(at);
      if (why !== undefined) return why;
      at = onwards(at, targets);
    }
    return at === undefined ? undefined : 'it leads over too many links to tell where';
  };
}

/** Follows the first link on the way; undefined if there is none. */
function onwards(path: string, targets: ReadonlyMap<string, string>): string | undefined {
  const link = [...foldersOf(path), path].find((place) => targets.has(comparable(place)));
  if (link === undefined) return undefined;
  return resolveIn(link, (targets.get(comparable(link)) ?? '') + path.slice(link.length));
}

/** The path of a link's target, relative to the top. Another check refuses a target outside the top. */
function resolveIn(path: string, target: string): string {
  const components = path.split('/').slice(0, -1);
  for (const name of target.split('/')) {
    if (name === '..') components.pop();
    else if (name !== '.' && name !== '') components.push(name);
  }
  return components.join('/');
}
