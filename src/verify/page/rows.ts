import { FAMILIES } from '../probes/probe.ts';
import type { VerifyReport } from '../report.ts';
import { claimsOf, FAMILY_NAMES, worstOf, type Claim, type Place } from '../show/findings.ts';
import { markup, type Markup } from './markup.ts';
import { badge, badgesOf, CONTROLS } from './result-labels.ts';

/** Every claim, with all that was tried and seen: one part that opens for each, those that did not hold open already. */
export function claimRows(report: VerifyReport): Markup {
  const claims = claimsOf(report);
  const families = FAMILY_NAMES.map((family) => ({
    family,
    claims: claims.filter((claim) => claim.family === family),
  })).filter(({ claims }) => claims.length > 0);
  return markup`
<p>What had to hold, by what it is about. Each opens to what was tried, and to what was seen on each rung.</p>
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
<dt>Who gets through</dt><dd>${words.breach}</dd>
<dt>Described in</dt><dd>${words.source}</dd>
</dl>
${seenTable(places)}
</div>
</details>
`;
}

// The roles say again what the elements are: where a narrow screen shows them as blocks, browsers forget it.
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
