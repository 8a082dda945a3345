import { EnumValidationError, text_en, type ApplicationText } from '@stricli/core';
import { BottleError } from '../errors.ts';

/** What the scanner of the command line does not understand, said as every other failure is: with what to do. */

/** Ends the colour that the scanner puts around all of it: ours is on one word. */
const PLAIN = '\u001B[22m\u001B[39m';

/** All of the scanner's texts; `say`: what it writes of a failure. `verb`: the words that name one. */
export function scannerText(verb: readonly string[], say: (error: BottleError) => string): ApplicationText {
  const said = (error: BottleError, ansiColor: boolean): string => (ansiColor ? PLAIN : '') + say(error);
  return {
    ...text_en,
    exceptionWhileParsingArguments: (error, ansiColor) => said(scannerError(error, verb), ansiColor),
    noCommandRegisteredForInput: (order) =>
      said(
        usage(
          text_en.noCommandRegisteredForInput(order),
          `bot-bottle ${[...verb, '--help'].join(' ')} lists the verbs`,
        ),
        order.ansiColor,
      ),
  };
}

/** A failure of the scanner's in what follows these words, as one of ours. Pure. */
export function scannerError(error: unknown, verb: readonly string[]): BottleError {
  if (error instanceof EnumValidationError) {
    const { externalFlagName: flag, input, values } = error;
    return usage(`--${flag} cannot be ${JSON.stringify(input)}`, `give one of ${values.join(', ')}`);
  }
  return usage(text_en.exceptionWhileParsingArguments(error, false), whatItTakes(verb));
}

/** All that is wrong with a command line, as one failure; undefined: nothing is. Pure. */
export function inOne(errors: readonly BottleError[], verb: readonly string[]): BottleError | undefined {
  if (errors.length < 2) return errors[0];
  const help = whatItTakes(verb);
  return new BottleError('usage', `the command line is wrong in ${errors.length} ways`, {
    details: errors.map(({ message, fix }) => (fix === help ? message : `${message}: ${fix}`)),
    fix: help,
  });
}

const whatItTakes = (verb: readonly string[]): string =>
  `bot-bottle ${[...verb, '--help'].join(' ')} says what it takes`;

const usage = (message: string, fix: string): BottleError => new BottleError('usage', message, { fix });
