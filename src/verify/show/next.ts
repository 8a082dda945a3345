import type { VerifyReport } from '../report.ts';
import { flagsOf, strongestHeld, flagsOfAll } from './rungs.ts';
import { countsOf } from './verdict.ts';
import { shellLine } from '../../host/shell-words.ts';
import { argumentsNaming } from '../findings/named-by.ts';
import type { Claim } from './findings.ts';

/** Derives from a report what to do next, and the command lines that repeat it. Pure. */

/** Returns the command lines that repeat a claim's probe on each rung where it did not hold, in the same bottle. */
export function repeatCommands({ id, places }: Claim, { bottle }: VerifyReport): readonly string[] {
  const rungs = places
    .filter(({ row }) => row.result === 'breached' || row.result === 'unproven')
    .map(({ rung }) => rung);
  const named = bottle?.probedIn === 'bottle' ? namedBy(bottle) : [];
  return [...new Set(rungs.map((rung) => verify([...named, ...flagsOf(rung), '--probe', id])))];
}

/** A receipt's file, and the user's bottle that it was checked against, if one was named. */
export interface CheckedFile {
  readonly receiptPath: string;
  readonly bottle: string | undefined;
  readonly manifestPath: string | undefined;
}

/** Returns the command line that replaces a receipt of this report by a new one. */
export function renewCommand({ bottle, rungs }: VerifyReport, file: CheckedFile): string {
  const named =
    file.bottle === undefined
      ? namedBy(bottle)
      : argumentsNaming(file.bottle, { named: file.manifestPath, yes: false });
  return verify([...named, ...flagsOfAll(rungs), '--receipt', file.receiptPath]);
}

const namedBy = (bottle: VerifyReport['bottle']): readonly string[] =>
  bottle === undefined
    ? []
    : (bottle.namedBy ?? argumentsNaming(bottle.name, { named: undefined, yes: false }));

const verify = (args: readonly string[]): string => shellLine(['bot-bottle', 'verify', ...args]);

interface Step {
  readonly text: string;
  /** Complete command lines, to paste into a shell. */
  readonly commands: readonly string[];
}

/** Returns what to do next, the most urgent first; empty if everything held. */
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
  text: 'Unproven is not safe. Repeat these probes; if they stay unproven, do not rely on their claims.',
  commands: [],
};

const LOOK_AT_RUNGS: Step = {
  text: 'See what the rungs lack that could not be attacked:',
  commands: ['bot-bottle doctor'],
};

function afterBreach({ rungs }: VerifyReport): Step[] {
  const breached = rungs.flatMap(({ probes }) => probes).filter(({ result }) => result === 'breached');
  const grants = [...new Set(breached.flatMap(({ grant }) => grant ?? []))];
  const given: Step[] = grants.map((grant) => ({
    text: `This bottle's own manifest allows some of it. Remove that setting, or accept the risk: ${grant}.`,
    commands: [],
  }));
  return breached.every(({ grant }) => grant !== undefined) ? given : [...given, ...afterEscape(rungs)];
}

function afterEscape(rungs: VerifyReport['rungs']): Step[] {
  const safe = strongestHeld(rungs);
  const where: Step =
    safe === undefined
      ? {
          text: 'No rung held everything: start nothing untrusted on this host. Another rung may hold:',
          commands: ['bot-bottle verify --runtime all', 'bot-bottle doctor'],
        }
      : {
          text: 'Start untrusted work on a rung that held everything; this is the strongest:',
          commands: [`bot-bottle start AGENT ${flagsOf(safe).join(' ')}`],
        };
  return [
    {
      text: 'Stop the bottles on a breached rung, and treat everything that they could reach as leaked:',
      commands: ['bot-bottle ls', 'bot-bottle stop BOTTLE'],
    },
    where,
    {
      text: 'Report it to the maintainers of bot-bottle in private, with the output of this:',
      commands: ['bot-bottle verify --runtime all --json'],
    },
  ];
}
