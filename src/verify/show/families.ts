import { stripVTControlCharacters } from 'node:util';
import { styled } from '../../ui/colour.ts';
import { renderTable } from '../../ui/table.ts';
import { escapeText } from '../../ui/terminal/text.ts';
import { FAMILIES } from '../probes/probe.ts';
import type { ProbeRow, Result, RungReport, VerifyReport } from '../report.ts';
import { FAMILY_NAMES } from './findings.ts';
import { labelsOf } from './rungs.ts';
import { reportWidth } from './wrap.ts';

/** Prints families by rungs as tables no wider than the report. */

interface Column {
  readonly head: string;
  /** One per row. */
  readonly cells: readonly string[];
}

interface Layout {
  readonly names: readonly Column[];
  /** Splits a head with a slash into two lines. */
  readonly isStacked: boolean;
}

/** Returns the table; several below each other if there are too many rungs for one. */
export function renderFamilies(report: VerifyReport): string {
  const { rungs } = report;
  const families = FAMILY_NAMES.filter((name) => rungs.some((rung) => rowsOf(rung, name).length > 0));
  const keys = { head: 'FAMILY', cells: [...families, 'in all'] };
  const words = { head: 'ABOUT', cells: [...families.map((family) => FAMILIES[family]), ''] };
  const labels = labelsOf(rungs);
  const columns = rungs.map((rung, at) => ({
    head: escapeText(labels[at] ?? ''),
    cells: [...families.map((family) => cellOf(rungs[at], rowsOf(rung, family))), cellOf(rung, rung.probes)],
  }));
  const layouts: readonly Layout[] = [
    { names: [keys, words], isStacked: false },
    { names: [keys], isStacked: false },
    { names: [keys], isStacked: true },
  ];
  const fitting = layouts.map((layout) => tableOf(layout, columns)).find(fits);
  return fitting ?? inParts({ names: [keys], isStacked: true }, columns).join('\n\n');
}

const rowsOf = ({ probes }: RungReport, family: string): readonly ProbeRow[] =>
  probes.filter((row) => row.family === family);

function inParts(layout: Layout, columns: readonly Column[]): string[] {
  if (columns.length === 0) return [];
  const sizes = columns.map((_, at) => columns.length - at);
  const size = sizes.find((size) => fits(tableOf(layout, columns.slice(0, size)))) ?? 1;
  return [tableOf(layout, columns.slice(0, size)), ...inParts(layout, columns.slice(size))];
}

const fits = (table: string): boolean =>
  stripVTControlCharacters(table)
    .split('\n')
    .every((line) => Array.from(line).length <= reportWidth());

function tableOf({ names, isStacked }: Layout, rungs: readonly Column[]): string {
  const columns = [...names, ...rungs];
  const heads = columns.map(({ head }) => (isStacked ? head.split(/(?<=\/)/) : [head]));
  const [first = [], ...others] = Array.from(
    { length: Math.max(...heads.map(({ length }) => length)) },
    (_, line) => heads.map((parts) => parts[line] ?? ''),
  );
  const rows = (columns[0]?.cells ?? []).map((_, row) => columns.map(({ cells }) => cells[row] ?? ''));
  return renderTable(first, [...others, ...rows]);
}

/** The words and colours of cells with results other than held. */
const OTHERS = {
  breached: { style: 'red', word: (count: number) => `BREACHED ${count}` },
  unproven: { style: 'yellow', word: (count: number) => `unproven ${count}` },
} as const;

/** Returns `12` (held), `11 +1 n/a`, `BREACHED 1` or `unproven 2`: only the worst result, because it matters most. */
function cellOf(rung: RungReport | undefined, rows: readonly ProbeRow[]): string {
  const count = (result: Result): number => rows.filter((row) => row.result === result).length;
  for (const result of ['breached', 'unproven'] as const) {
    const { style, word } = OTHERS[result];
    if (count(result) > 0) return styled(style, word(count(result)));
  }
  if (rows.length === 0) return rung?.failure === undefined ? '-' : styled('yellow', 'not run');
  const [held, none] = [count('held'), count('notApplicable')];
  if (none === 0) return styled('green', `${held}`);
  return held === 0 ? styled('dim', `${none} n/a`) : `${styled('green', `${held}`)} +${none} n/a`;
}
