import { SEVERITIES, type Finding } from '../findings/finding.ts';
import type { VerifyReport } from '../report.ts';
import { probedIn } from '../show/probed-in.ts';
import { markup, type Markup } from './markup.ts';

/** What the grants of a bottle of the user's suggest; nothing where none was named. */
export function grants({ bottle, findings, findingCounts }: VerifyReport): Markup | undefined {
  if (bottle === undefined || findings === undefined) return undefined;
  const counts = SEVERITIES.map((severity) => `${findingCounts?.[severity] ?? 0} ${severity}`).join(', ');
  const [said = '', ...settings] = probedIn(bottle);
  return markup`
<p>Attacks that the grants of <code>${bottle.name}</code> suggest: ${counts}. “It” is whatever has taken the agent over.</p>
<p class="faint">${said}</p>
${settings.length === 0 ? undefined : markup`<ul>${settings.map((line) => markup`<li>${line}</li>`)}</ul>`}
${findings.map(card)}`;
}

const card = ({
  id,
  severity,
  claim,
  evidence,
  place,
  why,
  remedy,
  source,
}: Finding): Markup => markup`<article class="${severity === 'high' ? 'card' : 'grant'}">
<h3>${severity}: ${claim}</h3>
<dl class="facts">
<dt>Kind</dt><dd><code>${id}</code></dd>
<dt>Because</dt><dd><span class="evidence">${evidence}</span>${place === null ? '' : ` (${place})`}</dd>
<dt>Severity</dt><dd>${why}</dd>
<dt>Instead</dt><dd><code>${remedy}</code></dd>
<dt>Source</dt><dd>${source}</dd>
</dl>
</article>`;
