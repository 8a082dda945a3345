import { escapeText } from './terminal/text.ts';

/**
 * Returns lines for the user: the reasons in order of first appearance, each with the number of its paths, and the
 * paths below it. The list omits no path: otherwise an agent could hide one among many. Pure.
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
