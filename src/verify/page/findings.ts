import type { OpenReport, RungReport, VerifyReport } from '../report.ts';
import { repeatCommands } from '../show/again.ts';
import {
  breachedIn,
  breachesOf,
  groupBy,
  missesOf,
  reasonsOf,
  whereBreached,
  type Claim,
  type Reason,
} from '../show/findings.ts';
import { nextSteps } from '../show/next.ts';
import { labelsOf } from '../show/rungs.ts';
import { plural } from '../show/verdict.ts';
import { markup, type Markup } from './markup.ts';

/** What a report comes to: breaches, what stayed unproven, what means nothing here, and what the open shows. */

/** A card for each claim that was broken, and for each setting of the user's that broke some. */
export function breaches(report: VerifyReport): Markup | undefined {
  const { ungranted, granted } = breachesOf(report);
  const cards = [
    ...ungranted.map((claim) => breachCard(claim, report)),
    ...[...granted].map(([grant, claims]) => grantCard(grant, claims, report)),
  ];
  return cards.length === 0 ? undefined : markup`${cards}`;
}

const breachCard = (claim: Claim, report: VerifyReport): Markup => markup`<article class="card">
<h3>${claim.claim}</h3>
<dl class="facts">
<dt>Tried</dt><dd>${claim.attack}</dd>
${breachedIn(claim).map(
  ({ label, row }) =>
    markup`<dt>Got out</dt><dd>${label} as ${row.user}: <span class="evidence">${row.evidence}</span></dd>`,
)}
<dt>An attacker</dt><dd>${claim.breach}</dd>
<dt>To see it again</dt><dd>${repeatCommands(claim, report).map((command) => markup`<code>${command}</code><br>`)}</dd>
</dl>
</article>`;

/** What was seen of each is in the table of all attempts. */
function grantCard(grant: string, claims: readonly Claim[], report: VerifyReport): Markup {
  const [command] = claims.flatMap((claim) => repeatCommands(claim, report));
  return markup`<article class="card">
<h3>${plural(claims.length, 'claim')}, given by a setting of this bottle</h3>
<dl class="facts">
<dt>Given by</dt><dd>${grant}</dd>
${[...whereBreached(claims)].map(
  ([where, ids]) => markup`<dt>Got out</dt><dd>${where}: <code>${ids.join(', ')}</code></dd>`,
)}
<dt>To see one again</dt><dd><code>${command}</code></dd>
</dl>
</article>`;
}

/** What to do next; nothing where all held. */
export function steps(report: VerifyReport): Markup | undefined {
  const items = nextSteps(report).map(
    ({ say, commands }) =>
      markup`<li>${say}${commands.map((command) => markup`<br><code>${command}</code>`)}</li>`,
  );
  return items.length === 0 ? undefined : markup`<ol>${items}</ol>`;
}

/** Why some attempts prove nothing. */
export const unproven = (report: VerifyReport): Markup | undefined =>
  reasonList(reasonsOf(report, 'unproven'));

/** Why some attempts were not made. */
export const notApplicable = (report: VerifyReport): Markup | undefined =>
  reasonList(reasonsOf(report, 'notApplicable'));

function reasonList(reasons: readonly Reason[]): Markup | undefined {
  if (reasons.length === 0) return undefined;
  const items = reasons.map(({ reason, places }) => {
    const byRung = [...groupBy(places, ({ label }) => label)].map(([label, places]) => {
      const ids = [...new Set(places.map(({ row }) => row.id))].join(', ');
      return markup`<li>${label}, ${places.length}: <code>${ids}</code></li>`;
    });
    return markup`<li><span class="evidence">${reason}</span><ul>${byRung}</ul></li>`;
  });
  return markup`<ul>${items}</ul>`;
}

/** What an unprotected program can do on this host. */
export function inTheOpen({ open }: VerifyReport): Markup | undefined {
  if (open === undefined) return undefined;
  const ids = Object.keys(open.succeeded);
  const { made, notMade } = missesOf(open);
  return markup`<p>The same probes, made by a plain program of this host without a bottle:
${ids.length} of ${ids.length + open.failed.length} got through.</p>
${openList(open)}
${made.length === 0 ? undefined : markup`<p>These did not, so that a bottle holds them says less of the bottle: <code>${made.join(', ')}</code></p>`}
${notMade.size === 0 ? undefined : notMadeList(notMade)}`;
}

const notMadeList = (notMade: ReadonlyMap<string, readonly string[]>): Markup =>
  markup`<p>These were not made, and why:</p>
<ul>${[...notMade].map(
    ([reason, ids]) =>
      markup`<li><span class="evidence">${reason}</span>: <code>${ids.join(', ')}</code></li>`,
  )}</ul>`;

const openList = ({ succeeded }: OpenReport): Markup =>
  markup`<dl class="facts">${Object.entries(succeeded).map(
    ([id, ways]) => markup`
<dt><code>${id}</code></dt><dd class="evidence">${ways.join(', ')}</dd>`,
  )}</dl>`;

/** Versions and readings of each rung. */
export function rungs({ rungs }: VerifyReport): Markup {
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
