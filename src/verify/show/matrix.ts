import { styled } from '../../ui/colour.ts';
import { escapeText } from '../../ui/terminal/text.ts';
import type { OpenReport, VerifyReport } from '../report.ts';
import { repeatCommands } from './again.ts';
import { breachBlocks } from './breaches.ts';
import { excerpt } from './excerpt.ts';
import { renderFamilies } from './families.ts';
import { claimsOf, groupBy, missesOf, reasonsOf, type Place } from './findings.ts';
import { notCoveredLines } from '../probes/not-covered.ts';
import { nextSteps } from './next.ts';
import { labelsOf } from './rungs.ts';
import { plural, verdictOf } from './verdict.ts';
import { renderVersions } from './versions.ts';
import { wrap, wrapCommand } from './wrap.ts';

/** The report for people at a terminal: at most 100 columns wide, and the last lines say what to do. */

/** Of command lines that differ in the probe only. */
const MOST_COMMANDS = 3;

/** All of the report. */
export function renderReport(report: VerifyReport): string {
  const { rungs, open } = report;
  const { held, line } = verdictOf(report);
  const sections: readonly (readonly string[])[] = [
    titleOf(report),
    rungs.length === 0 ? [] : [renderFamilies(report), '', ...LEGEND],
    failures(report),
    ...breachBlocks(report),
    unproven(report),
    notApplicable(report),
    renderVersions(report),
    open === undefined ? [] : inTheOpen(open),
    wrap(line).map((line) => styled(held ? 'green' : 'red', line)),
    next(report),
    [
      'Not covered by any of this (docs/THREAT-MODEL.md):',
      ...notCoveredLines().flatMap((line) => wrap(line, '  - ')),
    ],
  ];
  return sections
    .filter(({ length }) => length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

const titleOf = ({ botBottleVersion, startedAt, host }: VerifyReport): string[] =>
  wrap(
    escapeText(
      `Attacks on live bottles, ${startedAt}: bot-bottle ${botBottleVersion}, ${host.system}, kernel ${host.kernel}, ${host.architecture}`,
    ),
  );

const LEGEND = wrap(
  'A number alone: so many attempts held, seen from outside. n/a: they mean nothing there. unproven: nothing was seen, and that proves nothing. An attempt is one probe as one user.',
);

/** Rungs that were not attacked to the end. */
function failures({ rungs }: VerifyReport): string[] {
  const labels = labelsOf(rungs);
  const lines = rungs.flatMap(({ failure }, at) =>
    failure === undefined ? [] : wrap(excerpt(failure), `  ${escapeText(labels[at] ?? '')}: `),
  );
  return lines.length === 0 ? [] : [styled('yellow', 'Not attacked, or not to the end:'), ...lines];
}

function unproven(report: VerifyReport): string[] {
  const reasons = reasonsOf(report, 'unproven');
  if (reasons.length === 0) return [];
  const ids = new Set(reasons.flatMap(({ places }) => places.map(({ row }) => row.id)));
  const commands = claimsOf(report)
    .filter(({ id }) => ids.has(id))
    .flatMap((claim) => repeatCommands(claim, report));
  const some = commands
    .slice(0, MOST_COMMANDS)
    .flatMap((command) => wrapCommand(escapeText(command), '    '));
  return [
    styled('yellow', 'Unproven: nothing was seen, but that proves nothing.'),
    ...reasons.flatMap(({ reason, places }) => [...wrap(excerpt(reason), '  - '), ...probesAt(places)]),
    commands.length > MOST_COMMANDS ? '  again, each of them like this:' : '  again:',
    ...some,
  ];
}

/** A line for each rung: its probes, each with the users. */
const probesAt = (places: readonly Place[]): string[] =>
  [...groupBy(places, ({ label }) => label)].flatMap(([label, places]) => {
    const probes = [...groupBy(places, ({ row }) => row.id)].map(
      ([id, places]) => `${escapeText(id)} (${places.map(({ row }) => row.user).join(', ')})`,
    );
    return wrap(probes.join(', '), `      ${escapeText(label)}: `);
  });

function notApplicable(report: VerifyReport): string[] {
  const lines = reasonsOf(report, 'notApplicable').flatMap(({ reason, places }) => {
    const labels = [...new Set(places.map(({ label }) => escapeText(label)))].join(', ');
    return wrap(`${excerpt(reason)}: ${labels}`, `  ${String(places.length).padStart(3)}  `);
  });
  return lines.length === 0 ? [] : ['Not applicable, and why:', ...lines];
}

/** What the same probes do without a bottle. */
function inTheOpen(open: OpenReport): string[] {
  const { succeeded, failed } = open;
  const seen = Object.entries(succeeded);
  const { made, notMade } = missesOf(open);
  const count = `${seen.length} of ${plural(seen.length + failed.length, 'probe')}`;
  const width = Math.max(0, ...seen.map(([id]) => id.length));
  return [
    `Without a bottle (--open), ${count} got through from a plain program here:`,
    ...seen.flatMap(([id, ways]) => wrap(excerpt(ways.join(', ')), `  ${escapeText(id).padEnd(width)}  `)),
    ...(made.length === 0
      ? []
      : ['These did not, so that they are held in a bottle says less of the bottle:']),
    ...(made.length === 0 ? [] : wrap(escapeText(made.join(', ')), '  ')),
    ...(notMade.size === 0 ? [] : ['These were not made, and why:']),
    ...[...notMade].flatMap(([reason, ids]) =>
      wrap(`${excerpt(reason)}: ${escapeText(ids.join(', '))}`, '  - '),
    ),
  ];
}

function next(report: VerifyReport): string[] {
  const steps = nextSteps(report);
  if (steps.length === 0) return [];
  const lines = steps.flatMap(({ say, commands }, at) => [
    ...wrap(say, `  ${at + 1}. `),
    ...commands.flatMap((command) => wrapCommand(escapeText(command), '       ')),
  ]);
  return [styled('bold', 'What to do next:'), ...lines];
}
