import { EnumValidationError, text_en, type ApplicationText } from '@stricli/core';
import { BottleError, EXIT_CODES } from '../errors.ts';
import { asCalled } from '../ui/as-called.ts';
import { errorAsJson, renderError } from '../ui/report-error.ts';

/** What the scanner of the command line does not understand, said as every other failure is: with what to do. */

/** Ends the colour that the scanner puts around all of it: ours is on one word. */
const PLAIN = '\u001B[22m\u001B[39m';

/** All of the scanner's texts; `isJson`: an error is one JSON object (docs/adr/0006). `verb`: the words that name one. */
export function scannerText(isJson: boolean, verb: readonly string[]): ApplicationText {
  const said = (error: BottleError, ansiColor: boolean): string =>
    (ansiColor ? PLAIN : '') + asCalled(isJson ? errorAsJson(error, EXIT_CODES.usage) : renderError(error));
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
  const help = `bot-bottle ${[...verb, '--help'].join(' ')} says what it takes`;
  return usage(text_en.exceptionWhileParsingArguments(error, false), help);
}

const usage = (message: string, fix: string): BottleError => new BottleError('usage', message, { fix });
