import { readlinkSync } from 'node:fs';
import { isAbsolute, join, resolve, sep } from 'node:path';

/** The kernel gives up after 40 links: path_resolution(7). */
const MAX_LINKS = 40;

/**
 * Returns the hops of an absolute path: the path itself, each link on the way by its own path, the full path that each
 * link turns it into, and last the final place. A missing file keeps its own name.
 */
export function hopsOf(path: string): readonly string[] {
  const hops = [resolve(path)];
  let rest = partsOf(resolve(path));
  let at: string = sep;
  for (let links = 0; rest.length > 0;) {
    const [name = '', ...behind] = rest;
    const next = join(at, name);
    const target = links < MAX_LINKS && name !== '..' ? targetOf(next) : undefined;
    rest = behind;
    if (target === undefined) at = next;
    else {
      hops.push(next, resolve(at, target, ...behind));
      // Keeps each `..` of the target: it leads up from the place that the walk has reached.
      [at, rest, links] = [isAbsolute(target) ? sep : at, [...partsOf(target), ...behind], links + 1];
    }
  }
  return [...hops, at];
}

/** Returns the final place of a path with all links resolved; the missing rest of a path keeps its names. */
export const realPlace = (path: string): string => hopsOf(path).at(-1) ?? path;

const partsOf = (path: string): string[] => path.split(sep).filter((part) => part !== '' && part !== '.');

function targetOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined; // not a link, or missing
  }
}
