import { stripVTControlCharacters } from 'node:util';
import { escapeText } from './terminal/text.ts';

const GAP = '  ';

/**
 * Renders rows under a header, with aligned columns. Cells may contain colours; only their visible width counts. The
 * last column has no padding, so that the terminal wraps long reasons as it likes.
 */
export function renderTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => seenWidth(row[column] ?? ''))));
  return all.map((row) => renderRow(row, widths)).join('\n');
}

function renderRow(row: readonly string[], widths: readonly number[]): string {
  const cells = row.map((cell, column) =>
    column === widths.length - 1 ? cell : cell + ' '.repeat((widths[column] ?? 0) - seenWidth(cell)),
  );
  return cells.join(GAP).trimEnd();
}

const seenWidth = (cell: string): number => Array.from(stripVTControlCharacters(cell)).length;

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
