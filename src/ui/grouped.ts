import { escapeText } from './terminal/text.ts';

/**
 * Lines for people: the reasons in the order in which they first come, each with the number of its paths, and the paths below it. Every
 * path is named: an agent that could have one left out would hide it among many. Pure.
 */
export function groupedByWhy(items: readonly { readonly path: string; readonly why: string }[]): string[] {
  const groups = new Map<string, string[]>();
  for (const { path, why } of items) {
    const paths = groups.get(why);
    if (paths === undefined) groups.set(why, [path]);
    else paths.push(path);
  }
  return [...groups].flatMap(([why, paths]) => [
    `${escapeText(why)} (${paths.length}):`,
    ...paths.map((path) => `  ${escapeText(path)}`),
  ]);
}
