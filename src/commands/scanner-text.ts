import { EnumValidationError, text_en, type ApplicationText } from '@stricli/core';
import { BottleError } from '../errors.ts';

/** Words the parse errors of the command line like every other failure, with a fix. */

/** Resets the colour that the scanner gives the whole message; bot-bottle colours one word only. */
const PLAIN = '\u001B[22m\u001B[39m';

/** All texts of the scanner. `say` formats a failure; `verb` holds the words that name the verb. */
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

/** Converts a parse error after the words of `verb` into a BottleError. Pure. */
export function scannerError(error: unknown, verb: readonly string[]): BottleError {
  if (error instanceof EnumValidationError) {
    const { externalFlagName: flag, input, values } = error;
    return usage(`--${flag} cannot be ${JSON.stringify(input)}`, `give one of ${values.join(', ')}`);
  }
  return usage(text_en.exceptionWhileParsingArguments(error, false), whatItTakes(verb));
}

/** Combines all errors of a command line into one; undefined if there are none. Pure. */
export function inOne(errors: readonly BottleError[], verb: readonly string[]): BottleError | undefined {
  if (errors.length < 2) return errors[0];
  const help = whatItTakes(verb);
  return new BottleError('usage', `the command line is wrong in ${errors.length} ways`, {
    details: errors.map(({ message, fix }) => (fix === help ? message : `${message}: ${fix}`)),
    fix: help,
  });
}

const whatItTakes = (verb: readonly string[]): string =>
  `bot-bottle ${[...verb, '--help'].join(' ')} shows the arguments`;

const usage = (message: string, fix: string): BottleError => new BottleError('usage', message, { fix });
