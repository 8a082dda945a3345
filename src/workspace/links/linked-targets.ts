import { comparable, foldersOf } from '../paths.ts';

/**
 * Finds where links lead that programs of the host follow: `CLAUDE.md -> docs/ai.md` makes agents obey docs/ai.md.
 * Pure.
 */

export interface Link {
  readonly path: string;
  readonly target: string;
}

/** Links can lead to links. The kernel gives up after 40: path_resolution(7). */
const MAX_LINKS = 40;
/** A loop of links makes longer and longer paths. */
const MAX_PATH_LENGTH = 4096;
const MAX_FOLLOWED = 10_000;

/**
 * Returns a function that explains why a program of the host runs or obeys a path, or a folder above it, because a link
 * leads there.
 * @param whyOf returns why the host does so at the link's own path
 */
export function followedPaths(
  links: readonly Link[],
  whyOf: (path: string) => string | undefined,
): (path: string) => string | undefined {
  const followed = new Map<string, string>();
  for (const link of links) {
    const why = whyOf(link.path);
    if (why !== undefined)
      follow({ from: link, why: `${link.path} leads here: ${why}` }, { links, followed });
  }
  return (path) =>
    prefixesOf(comparable(path))
      .map((prefix) => followed.get(prefix))
      .find(Boolean);
}

interface Start {
  readonly from: Link;
  readonly why: string;
}

interface Way {
  readonly links: readonly Link[];
  readonly followed: Map<string, string>;
}

function follow({ from, why }: Start, { links, followed }: Way): void {
  let reached = [resolve(from, '')];
  for (let step = 0; step < MAX_LINKS && reached.length > 0; step += 1) {
    const fresh = reached.filter((path) => path.length < MAX_PATH_LENGTH && !followed.has(path));
    for (const path of fresh) followed.set(path, why);
    // With such a maze of links, apply asks about everything.
    if (followed.size > MAX_FOLLOWED) return void followed.set('', why);
    reached = [...new Set(fresh.flatMap((path) => links.flatMap((link) => onwards(path, link))))];
  }
}

/** Where a followed path continues over a link that is at it, above it, or below it. */
function onwards(path: string, link: Link): string[] {
  const at = comparable(link.path);
  if (path === at || at.startsWith(`${path}/`)) return [resolve(link, '')];
  return path.startsWith(`${at}/`) ? [resolve(link, path.slice(at.length))] : [];
}

function resolve({ path, target }: Link, rest: string): string {
  const components = path.split('/').slice(0, -1);
  for (const name of target.split('/')) {
    if (name === '..') components.pop();
    else if (name !== '.' && name !== '') components.push(name);
  }
  return comparable(components.join('/') + rest);
}

/** `a/b/c`: the top, `a`, `a/b`, and the path itself. */
const prefixesOf = (path: string): string[] => ['', ...foldersOf(path), path];
