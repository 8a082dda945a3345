import { readlinkSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';

/** The kernel gives up after 40: path_resolution(7). */
const MAX_LINKS = 40;

/**
 * The way to what is at an absolute path: each link on it, by its own path, what was meant at each step, and last what is there. What is
 * not there has its own name.
 */
export function hopsOf(path: string): readonly string[] {
  const hops = [resolve(path)];
  let rest = partsOf(path);
  let at: string = sep;
  for (let links = 0; rest.length > 0;) {
    const [name = '', ...behind] = rest;
    const next = join(at, name);
    const target = links < MAX_LINKS ? targetOf(next) : undefined;
    rest = behind;
    if (target === undefined) at = next;
    else {
      const meant = resolve(at, target, ...behind);
      hops.push(next, meant);
      [at, rest, links] = [sep, partsOf(meant), links + 1];
    }
  }
  return [...hops, at];
}

const partsOf = (path: string): string[] =>
  resolve(path)
    .split(sep)
    .filter((part) => part !== '');

function targetOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined; // no link, or nothing
  }
}
