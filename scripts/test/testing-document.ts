import { FULL_ONLY, type SuiteName } from '../../test/support/suites/tiers.ts';

/** The tables of docs/TESTING.md, from the data that decides them. A test compares them with the document. */

interface ConformanceFile {
  readonly name: string;
  readonly text: string;
}

/** Returns how much of the suite `npm test` runs, from the file's argument to `conformance()`. */
function everydayOf({ name, text }: ConformanceFile): string {
  if (Object.hasOwn(FULL_ONLY.conformance, name)) return '-';
  return /everyday: '([^']+)'/.exec(text)?.[1] ?? 'all';
}

/** Returns the table in Markdown, columns aligned. Pure. */
export const renderConformanceTable = (files: readonly ConformanceFile[]): string =>
  renderTable(
    ['file', '`npm test` runs'],
    files.map((file) => [`\`${file.name}\``, everydayOf(file)]),
  );

/** Returns the table in Markdown, columns aligned. Pure. */
export const renderFullOnlyTable = (suite: SuiteName): string =>
  renderTable(
    [`\`test/${suite}/\``, 'why'],
    Object.entries(FULL_ONLY[suite]).map(([name, why]) => [`\`${name}\``, why]),
  );

function renderTable(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heading.map((_, column) =>
    Math.max(...[heading, ...rows].map((cells) => (cells[column] ?? '').length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [line(heading), rule, ...rows.map(line)].join('\n');
}
