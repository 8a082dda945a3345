import type { VerifyReport } from '../report.ts';
import { flagsOf, strongestHeld } from './rungs.ts';
import { countsOf } from './verdict.ts';

/** What is to be done about a report. */

interface Step {
  readonly text: string;
  /** Command lines, to be typed as they are. */
  readonly commands: readonly string[];
}

/** What to do next, the most urgent first; nothing where all held. */
export function nextSteps(report: VerifyReport): readonly Step[] {
  const { breached, unproven } = countsOf(report);
  const failed = report.rungs.filter(({ failure }) => failure !== undefined);
  return [
    ...(breached === 0 ? [] : afterBreach(report)),
    ...(unproven === 0 ? [] : [MAKE_AGAIN]),
    ...(failed.length === 0 && report.rungs.length > 0 ? [] : [LOOK_AT_RUNGS]),
  ];
}

const MAKE_AGAIN: Step = {
  text: 'Unproven is not safe. Make those again; if they stay unproven, do not count on what they claim.',
  commands: [],
};

const LOOK_AT_RUNGS: Step = {
  text: 'See what a rung lacks that could not be attacked:',
  commands: ['bot-bottle doctor'],
};

function afterBreach({ rungs }: VerifyReport): Step[] {
  const breached = rungs.flatMap(({ probes }) => probes).filter(({ result }) => result === 'breached');
  const grants = [...new Set(breached.flatMap(({ grant }) => grant ?? []))];
  const given: Step[] = grants.map((grant) => ({
    text: `This bottle's own manifest gives a part of it; take that out of it, or live with it: ${grant}.`,
    commands: [],
  }));
  return breached.every(({ grant }) => grant !== undefined) ? given : [...given, ...afterEscape(rungs)];
}

function afterEscape(rungs: VerifyReport['rungs']): Step[] {
  const safe = strongestHeld(rungs);
  const where: Step =
    safe === undefined
      ? {
          text: 'No rung held everything: start nothing that you do not trust on this host. Others may do better:',
          commands: ['bot-bottle verify --runtime all', 'bot-bottle doctor'],
        }
      : {
          text: 'Start what you do not trust on a rung that held everything, here the strongest:',
          commands: [`bot-bottle start AGENT ${flagsOf(safe).join(' ')}`],
        };
  return [
    {
      text: 'End the bottles that run on a rung that was breached, and take what they could reach for known to others:',
      commands: ['bot-bottle ls', 'bot-bottle stop BOTTLE'],
    },
    where,
    {
      text: 'Report it to the maintainers of bot-bottle in private, with what this prints:',
      commands: ['bot-bottle verify --runtime all --json'],
    },
  ];
}
