import { FAMILIES, type FamilyName } from '../probes/probe.ts';
import type { VerifyReport, ProbeRow, RungReport } from '../report.ts';
import { claimsOf, FAMILY_NAMES, worstOf, type Claim, type Place } from '../show/findings.ts';
import { markup, type Markup } from './markup.ts';
import { badge, badgesOf, CONTROLS } from './result-labels.ts';
import { labelsOf } from '../show/rungs.ts';

/** Returns the table of families by rungs. A cell contains all of its results, each with its count. */
export function familyTable({ rungs }: VerifyReport): Markup {
  const labels = labelsOf(rungs);
  const families = FAMILY_NAMES.filter((family) =>
    rungs.some(({ probes }) => rowsOf(probes, family).length > 0),
  );
  const cellsOf = (of: (rung: RungReport) => readonly ProbeRow[]): Markup[] =>
    rungs.map((rung, at) => cell(labels[at] ?? '', rung, of(rung)));
  return markup`<table class="families" role="table">
<caption>Attempts by subject and rung. An attempt is one probe as one user of the bottle.</caption>
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

/** Allows a line break after the runtime. Its elements are the same for every name. */
function headOf(label: string): Markup {
  const cut = label.indexOf('/') + 1;
  return markup`${label.slice(0, cut)}<wbr>${label.slice(cut)}`;
}

/** Returns the family's description, if it adds anything to the name. */
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

/** Returns a foldable part for each claim, with its attempts and what was seen. Claims that did not hold are unfolded. */
export function claimRows(report: VerifyReport): Markup {
  const claims = claimsOf(report);
  const families = FAMILY_NAMES.map((family) => ({
    family,
    claims: claims.filter((claim) => claim.family === family),
  })).filter(({ claims }) => claims.length > 0);
  return markup`
<p>The claims by subject. Unfold one to see the attack, and what was seen on each rung.</p>
${families.map(
  ({ family, claims }) => markup`<h3>${FAMILIES[family]} <code class="faint">${family}</code></h3>
${claims.map(claimRow)}`,
)}`;
}

function claimRow({ claim, places, ...words }: Claim): Markup {
  const worst = worstOf(places.map(({ row }) => row));
  const open = worst === 'breached' || worst === 'unproven' ? markup` open` : undefined;
  return markup`<details class="claim"${open}>
<summary><span>${claim}</span> <span class="badges">${badgesOf(places.map(({ row }) => row))}</span></summary>
<div class="body">
<dl class="facts">
<dt>Attack</dt><dd>${words.attack} <code class="faint">${words.id}</code></dd>
<dt>An attacker</dt><dd>${words.breach}</dd>
<dt>Described in</dt><dd>${words.source}</dd>
</dl>
${seenTable(places)}
</div>
</details>
`;
}

// Roles repeat the elements' meaning, which browsers drop where a narrow screen displays them as blocks.
const seenTable = (places: readonly Place[]): Markup => markup`<table class="rows" role="table">
<caption class="unseen">What was seen</caption>
<thead role="rowgroup"><tr role="row">
<th scope="col" role="columnheader">Rung and user</th>
<th scope="col" role="columnheader">Result</th>
<th scope="col" role="columnheader">Control</th>
<th scope="col" role="columnheader">Seen</th>
</tr></thead>
<tbody role="rowgroup">${places.map(seenRow)}</tbody>
</table>`;

const seenRow = ({ label, row }: Place): Markup => markup`
<tr role="row"><th scope="row" role="rowheader">${label} <span class="faint">as ${row.user}</span></th>
<td role="cell"><span class="label">Result</span> <span>${badge(row.result)}</span></td>
<td role="cell"><span class="label">Control</span> <span>${CONTROLS[row.control]}</span></td>
<td role="cell"><span class="label">Seen</span> <span class="evidence">${row.evidence}</span></td></tr>`;
