import { RESULTS, type VerifyReport } from '../report.ts';
import { sectionsOf, type Section as Shared } from '../show/sections.ts';
import { verdictOf } from '../show/verdict.ts';
import { familyTable } from './families.ts';
import { bodyOf } from './blocks.ts';
import { layOutPage, type Section } from './layout.ts';
import { markup, type Markup } from './markup.ts';
import { claimRows } from './rows.ts';
import { rungParts } from './rungs.ts';
import { badge, dateOf, LOOKS } from './result-labels.ts';

/** A report for a security team: one file of HTML that loads nothing and runs nothing. */
export function renderPage(report: VerifyReport): string {
  return layOutPage({
    title: `bot-bottle verify: ${verdictOf(report).held ? 'held' : 'not proven'}, ${dateOf(report)}`,
    head: head(report),
    sections: pageSections(report),
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
function pageSections(report: VerifyReport): readonly Section[] {
  const shared = sectionsOf(report);
  const isEmpty = report.rungs.length === 0;
  const sections: readonly (Omit<Section, 'body'> & { readonly body: Markup | undefined })[] = [
    shownAs('breaches', shared.breaches),
    shownAs('next', shared.next),
    { id: 'families', title: 'At a glance', body: isEmpty ? undefined : familyTable(report) },
    { id: 'how', title: 'How to read this', body: HOW },
    shownAs('unproven', shared.unproven),
    shownAs('grants', shared.grants),
    { id: 'claims', title: 'Claims, attempts, and what was seen', body: claimRows(report) },
    shownAs('not-applicable', shared.notApplicable),
    { id: 'rungs', title: 'Host and rungs', body: rungParts(report) },
    shownAs('open', shared.open),
    shownAs('not-covered', shared.notCovered),
  ];
  return sections.flatMap(({ body, ...section }) => (body === undefined ? [] : [{ ...section, body }]));
}

const shownAs = (id: string, section: Shared) => ({ id, title: section.title, body: bodyOf(section) });

const HOW = markup`
<p>A bottle is a closed place in which a coding agent runs; a rung is what closes it: a runtime, and the engine that
starts it. On each rung a bottle was started, and a program in it made every attempt below, as the agent and, where the
rung has one, as root. That program is not asked whether it got out: listeners outside are.</p>
<dl class="facts">${RESULTS.map((result) => markup`<dt>${badge(result)}</dt><dd>${LOOKS[result].meaning}</dd>`)}</dl>`;
