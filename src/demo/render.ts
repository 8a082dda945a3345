import { styled } from '../ui/colour.ts';
import { renderTable } from '../ui/table.ts';
import type { DemoReport } from './demo.ts';
import type { AttemptRow, ControlRow, Verdict } from './judge.ts';

/** Renders the report for people, at most 100 columns wide. */

const STYLE = { stopped: 'green', breached: 'red', unproven: 'yellow' } as const;

/** Returns the whole report as text. */
export function renderDemo(report: DemoReport): string {
  const { rung, attempts, controls, summary, durationMs } = report;
  const failed = [
    ...controls
      .filter(({ wentThrough }) => !wentThrough)
      .map(({ claim, evidence }) => `${claim}: ${evidence}`),
    ...attempts
      .filter(({ verdict }) => verdict !== 'stopped')
      .map(({ claim, evidence }) => `${claim}: ${evidence}`),
  ];
  return [
    `What is allowed, in a bottle on ${rung.runtime} (${rung.boundary}):`,
    renderTable(['WORK', 'RESULT'], controls.map(controlCells)),
    '',
    'What is not: every attempt was made twice, in the open as a plain process and in the bottle.',
    'A listener outside judges, not the program that tries.',
    renderTable(['ATTEMPT', 'IN THE OPEN', 'IN THE BOTTLE', 'VERDICT'], attempts.map(attemptCells)),
    ...(failed.length === 0 ? [] : ['', 'Not as it should be:', ...failed.map((line) => `  ${line}`)]),
    '',
    verdictLine(summary, durationMs),
    ...(summary.held ? ['', ...NEXT_STEPS] : []),
  ].join('\n');
}

const NEXT_STEPS = [
  'Next:',
  '  bot-bottle init      a manifest for your project, with every line explained',
  '  bot-bottle doctor    which stronger boundaries this host could have, and what to type',
  '  bot-bottle start     your own agent in a bottle',
];

const controlCells = ({ claim, wentThrough }: ControlRow): string[] => [
  claim,
  wentThrough ? styled('green', 'went through') : styled('red', 'failed'),
];

const attemptCells = (row: AttemptRow): string[] => [
  row.claim,
  row.inTheOpen ? 'succeeds' : styled('yellow', 'nothing'),
  row.inTheBottle ? styled('red', 'succeeds') : 'nothing',
  styled(STYLE[row.verdict satisfies Verdict], row.verdict),
];

function verdictLine(
  { stopped, breached, unproven, controlsFailed, held }: DemoReport['summary'],
  durationMs: number,
) {
  const seconds = `${(durationMs / 1000).toFixed(1)} s`;
  if (held)
    return styled(
      'green',
      `All ${stopped} attempts were stopped, and all that is allowed went through, in ${seconds}.`,
    );
  const counts = [
    `${stopped} stopped`,
    ...(breached === 0 ? [] : [`${breached} GOT OUT`]),
    ...(unproven === 0 ? [] : [`${unproven} unproven`]),
    ...(controlsFailed === 0 ? [] : [`${controlsFailed} of what is allowed failed`]),
  ];
  return styled('red', `Not proven on this host: ${counts.join(', ')} (${seconds}).`);
}
