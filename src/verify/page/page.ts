import { RESULTS, type VerifyReport, type RungReport } from '../report.ts';
import { sectionsOf, type Section as Shared } from '../show/sections.ts';
import { verdictOf } from '../show/verdict.ts';
import { bodyOf } from './blocks.ts';
import { markup, type Markup, sourceOf, styleElement } from './markup.ts';
import { claimRows, familyTable } from './tables.ts';
import { badge, dateOf, LOOKS } from './result-labels.ts';
import { labelsOf } from '../show/rungs.ts';
import { STYLE } from './style.ts';

interface Section {
  /** The anchor: a constant of this file, never text of a report. */
  readonly id: string;
  readonly title: string;
  readonly body: Markup;
}

interface Frame {
  readonly title: string;
  readonly head: Markup;
  readonly sections: readonly Section[];
  readonly foot: Markup;
}

/** Returns the report for a security team: one HTML file that loads nothing and runs nothing. */
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

/** Returns the sections in the order in which readers need them, without empty ones. */
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
    { id: 'claims', title: 'Claims, attempts and observations', body: claimRows(report) },
    shownAs('not-applicable', shared.notApplicable),
    { id: 'rungs', title: 'Host and rungs', body: rungParts(report) },
    shownAs('open', shared.open),
    shownAs('not-covered', shared.notCovered),
  ];
  return sections.flatMap(({ body, ...section }) => (body === undefined ? [] : [{ ...section, body }]));
}

const shownAs = (id: string, section: Shared) => ({ id, title: section.title, body: bodyOf(section) });

const HOW = markup`
<p>A bottle is a closed place in which a coding agent runs. A rung closes it: a runtime, and the engine that starts it.
On each rung, bot-bottle started a bottle. A program in it made every attempt below, as the agent and, where the rung has
one, as root. Listeners outside judge whether it got out; the program itself is not trusted.</p>
<dl class="facts">${RESULTS.map((result) => markup`<dt>${badge(result)}</dt><dd>${LOOKS[result].meaning}</dd>`)}</dl>`;

/** Returns the versions and readings of each rung. */
function rungParts({ rungs }: VerifyReport): Markup {
  const labels = labelsOf(rungs);
  return markup`<p>What each rung reports, and what bot-bottle read back from the attacked bottle.</p>
${rungs.map((rung, at) => rungPart(labels[at] ?? '', rung))}`;
}

function rungPart(label: string, rung: RungReport): Markup {
  const { failure, boundary, networkForm, durationMs } = rung;
  const facts = {
    boundary,
    'network form': networkForm ?? 'none: there was no bottle',
    duration: `${(durationMs / 1000).toFixed(1)} s`,
    ...(failure === undefined ? {} : { 'not attacked to the end': failure }),
  };
  return markup`<h3>${label}</h3>
<dl class="facts readings">${[...Object.entries(facts), ...Object.entries(rung.evidence)].map(
    ([name, reading]) => markup`<dt>${name}</dt><dd class="evidence">${reading}</dd>`,
  )}</dl>
${rung.floors.map(({ evidence }) => markup`<p class="evidence">${evidence}</p>`)}
`;
}

/** Returns the document. Its policy forbids everything that loads or runs, in case such a thing ever gets in. */
function layOutPage({ title, head, sections, foot }: Frame): string {
  return sourceOf(markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
${styleElement(STYLE)}
</head>
<body>
<header>${head}</header>
<main>
${contents(sections)}
${sections.map(sectionOf)}
</main>
<footer>${foot}</footer>
</body>
</html>
`);
}

const contents = (sections: readonly Section[]): Markup =>
  markup`<nav aria-label="Contents"><ul class="contents">${sections.map(
    ({ id, title }) => markup`<li><a href="#${id}">${title}</a></li>`,
  )}</ul></nav>`;

const sectionOf = ({ id, title, body }: Section): Markup => markup`
<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${body}
</section>`;
