import { basename } from 'node:path';
import type { Link } from './linked-targets.ts';
import { isDependencyFolder } from '../copy/listing.ts';
import { comparable, foldersOf, foldersOfAll } from '../paths.ts';

/**
 * Links that lead to what the bottle never had: `public/data -> ../.env` has a web server of the user's show a secret that
 * the agent itself cannot read. Pure but for what is looked up.
 */

export interface LinkFacts {
  /** All that the project will have: one for each path. */
  readonly links: readonly Link[];
  /** What was left out of the copy: folders end with a slash. */
  readonly leftOut: readonly string[];
  /** Whether the project has something at a path that the bottle never had. */
  readonly isUnknown: (path: string) => boolean;
}

/** The kernel gives up after as many: path_resolution(7). */
const MAX_LINKS = 40;

/** Why a link leads to what the bottle never had; undefined where it does not. */
export function leadsToLeftOut({ links, leftOut, isUnknown }: LinkFacts): (link: Link) => string | undefined {
  const targets = new Map(links.map(({ path, target }) => [comparable(path), target]));
  const places = new Map(leftOut.map((path) => [comparable(path.replace(/\/$/, '')), path]));
  // What installs itself again is in many folders, and no secret.
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

/** Over the first link on the way; undefined where there is none. */
function onwards(path: string, targets: ReadonlyMap<string, string>): string | undefined {
  const link = [...foldersOf(path), path].find((place) => targets.has(comparable(place)));
  if (link === undefined) return undefined;
  return resolveIn(link, (targets.get(comparable(link)) ?? '') + path.slice(link.length));
}

/** Where a link's target is, from the top; what leads out of it is refused elsewhere. */
function resolveIn(path: string, target: string): string {
  const components = path.split('/').slice(0, -1);
  for (const name of target.split('/')) {
    if (name === '..') components.pop();
    else if (name !== '.' && name !== '') components.push(name);
  }
  return components.join('/');
}
