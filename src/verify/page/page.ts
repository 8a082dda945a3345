import { RESULTS, type VerifyReport } from '../report.ts';
import { notCoveredLines } from '../probes/not-covered.ts';
import { verdictOf } from '../show/verdict.ts';
import { familyTable } from './families.ts';
import * as findings from './findings.ts';
import { grants } from './grants.ts';
import { layOutPage, type Section } from './layout.ts';
import { markup, type Markup } from './markup.ts';
import { claimRows } from './rows.ts';
import { badge, dateOf, LOOKS } from './result-labels.ts';

/** A report for a security team: one file of HTML that loads nothing and runs nothing. */
export function renderPage(report: VerifyReport): string {
  return layOutPage({
    title: `bot-bottle verify: ${verdictOf(report).held ? 'held' : 'not proven'}, ${dateOf(report)}`,
    head: head(report),
    sections: sectionsOf(report),
    foot: markup`<p>Made by bot-bottle ${report.botBottleVersion}. The same report for programs: <code>bot-bottle verify --json</code>.</p>`,
  });
}

function head(report: VerifyReport): Markup {
  const { held, line, counts } = verdictOf(report);
  const { system, kernel, architecture } = report.host;
  const look = LOOKS[held ? 'held' : counts.breached > 0 ? 'breached' : 'unproven'];
  return markup`
<h1>Attacks on live bottles</h1>
<p class="faint">${dateOf(report)} · bot-bottle ${report.botBottleVersion} · ${system} · kernel ${kernel} · ${architecture}</p>
<p class="verdict ${look.style}"><span aria-hidden="true">${look.sign} </span>${line}</p>
<ul class="counts">${RESULTS.map((result) => markup`<li>${badge(result, counts[result])}</li>`)}</ul>`;
}

/** In the order in which they are asked for; one that has nothing to say is left out. */
function sectionsOf(report: VerifyReport): readonly Section[] {
  const sections: readonly (Omit<Section, 'body'> & { readonly body: Markup | undefined })[] = [
    { id: 'breaches', title: 'What got out', body: findings.breaches(report) },
    { id: 'next', title: 'What to do next', body: findings.steps(report) },
    {
      id: 'families',
      title: 'At a glance',
      body: report.rungs.length === 0 ? undefined : familyTable(report),
    },
    { id: 'how', title: 'How to read this', body: HOW },
    { id: 'unproven', title: 'What is not proven', body: findings.unproven(report) },
    { id: 'grants', title: 'What the grants of a bottle suggest', body: grants(report) },
    { id: 'claims', title: 'Claims, attempts, and what was seen', body: claimRows(report) },
    { id: 'not-applicable', title: 'What was not applicable', body: findings.notApplicable(report) },
    { id: 'rungs', title: 'Host and rungs', body: findings.rungs(report) },
    { id: 'open', title: 'Without a bottle', body: findings.inTheOpen(report) },
    { id: 'not-covered', title: 'What is not covered', body: notCovered() },
  ];
  return sections.flatMap(({ body, ...section }) => (body === undefined ? [] : [{ ...section, body }]));
}

const HOW = markup`
<p>A bottle is a closed place in which a coding agent runs; a rung is what closes it: a runtime, and the engine that
starts it. On each rung a bottle was started, and a program in it made every attempt below, as the agent and, where the
rung has one, as root. That program is not asked whether it got out: listeners outside are.</p>
<dl class="facts">${RESULTS.map((result) => markup`<dt>${badge(result)}</dt><dd>${LOOKS[result].meaning}</dd>`)}</dl>`;

const notCovered = (): Markup =>
  markup`<p>No attempt here says anything about:</p><ul>${notCoveredLines().map((line) => markup`<li>${line}</li>`)}</ul>`;
