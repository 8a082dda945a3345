import { shellLine } from '../../host/shell-words.ts';
import { argumentsNaming } from '../findings/named-by.ts';
import type { VerifyReport } from '../report.ts';
import type { Claim } from './findings.ts';
import { flagsOf, flagsOfAll } from './rungs.ts';

/** Command lines that do again what was done, to be pasted into a shell. Pure. */

/** What makes a claim's probe again, on each rung where it did not hold; in the user's bottle, where it was made in that. */
export function repeatCommands({ id, places }: Claim, { bottle }: VerifyReport): readonly string[] {
  const rungs = places
    .filter(({ row }) => row.result === 'breached' || row.result === 'unproven')
    .map(({ rung }) => rung);
  const named = bottle?.probedIn === 'bottle' ? namedBy(bottle) : [];
  return [...new Set(rungs.map((rung) => verify([...named, ...flagsOf(rung), '--probe', id])))];
}

/** A receipt's file, and the bottle of the user's that it was held against, where one was named. */
export interface CheckedFile {
  readonly receiptPath: string;
  readonly bottle: string | undefined;
  readonly manifestPath: string | undefined;
}

/** What makes a receipt anew, in the place of one with this report. */
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
