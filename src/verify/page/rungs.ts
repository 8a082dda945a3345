import type { RungReport, VerifyReport } from '../report.ts';
import { labelsOf } from '../show/rungs.ts';
import { markup, type Markup } from './markup.ts';

/** Versions and readings of each rung. */
export function rungParts({ rungs }: VerifyReport): Markup {
  const labels = labelsOf(rungs);
  return markup`<p>What was found of each rung, and read back from the bottle that was attacked.</p>
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
