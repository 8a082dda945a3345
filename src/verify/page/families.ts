import { FAMILIES, type FamilyName } from '../probes/probe.ts';
import type { ProbeRow, RungReport, VerifyReport } from '../report.ts';
import { FAMILY_NAMES } from '../show/findings.ts';
import { labelsOf } from '../show/rungs.ts';
import { markup, type Markup } from './markup.ts';
import { badgesOf } from './result-labels.ts';

/** Families by rungs. A cell has all of its results, each with its count. */
export function familyTable({ rungs }: VerifyReport): Markup {
  const labels = labelsOf(rungs);
  const families = FAMILY_NAMES.filter((family) =>
    rungs.some(({ probes }) => rowsOf(probes, family).length > 0),
  );
  const cellsOf = (of: (rung: RungReport) => readonly ProbeRow[]): Markup[] =>
    rungs.map((rung, at) => cell(labels[at] ?? '', rung, of(rung)));
  return markup`<table class="families" role="table">
<caption>Attempts by what they are about, and by rung. An attempt is one probe as one user of the bottle.</caption>
<thead role="rowgroup"><tr role="row"><th scope="col" role="columnheader">About</th>${labels.map(
    (label) => markup`<th scope="col" role="columnheader">${headOf(label)}</th>`,
  )}</tr></thead>
<tbody role="rowgroup">${families.map(
    (family) => markup`
<tr role="row"><th scope="row" role="rowheader">${family} ${aboutOf(family)}</th>${cellsOf(({ probes }) =>
      rowsOf(probes, family),
    )}</tr>`,
  )}</tbody>
<tfoot role="rowgroup"><tr role="row"><th scope="row" role="rowheader">in all</th>${cellsOf(({ probes }) => probes)}</tr></tfoot>
</table>`;
}

/** May go on in a second line behind the runtime; with the same elements whatever the name. */
function headOf(label: string): Markup {
  const cut = label.indexOf('/') + 1;
  return markup`${label.slice(0, cut)}<wbr>${label.slice(cut)}`;
}

/** In more words, where there are any. */
const aboutOf = (family: FamilyName): Markup | undefined =>
  FAMILIES[family].toLowerCase() === family
    ? undefined
    : markup`<span class="faint">${FAMILIES[family]}</span>`;

const rowsOf = (probes: readonly ProbeRow[], family: string): readonly ProbeRow[] =>
  probes.filter((row) => row.family === family);

function cell(label: string, { failure }: RungReport, rows: readonly ProbeRow[]): Markup {
  const badges = badgesOf(rows);
  const empty = failure === undefined ? '\u2013' : 'not run';
  const shown = badges.length > 0 ? markup`${badges}` : markup`<span class="faint">${empty}</span>`;
  return markup`<td role="cell"><span class="label">${label}</span> <span>${shown}</span></td>`;
}
