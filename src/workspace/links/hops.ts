import { readlinkSync } from 'node:fs';
import { isAbsolute, join, resolve, sep } from 'node:path';

/** The kernel gives up after 40: path_resolution(7). */
const MAX_LINKS = 40;

/**
 * The way to what is at an absolute path: each link on it, by its own path, what was meant at each step, and last what is there. What is
 * not there has its own name.
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
      // With each `..` of it, which leads up from where the way has come to.
      [at, rest, links] = [isAbsolute(target) ? sep : at, [...partsOf(target), ...behind], links + 1];
    }
  }
  return [...hops, at];
}

/** Where it leads, as far as it is there: where nothing is, its own name is as good as any. */
export const realPlace = (path: string): string => hopsOf(path).at(-1) ?? path;

const partsOf = (path: string): string[] => path.split(sep).filter((part) => part !== '' && part !== '.');

function targetOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined; // no link, or nothing
  }
}
