import { EXIT_CODES } from '../errors.ts';
import { asCalled } from './as-called.ts';
import { clearProgress } from './progress.ts';
import { jsonText } from './terminal/text.ts';

/** The only writers to the user's standard streams, besides an agent's own session. */

/** Prints a result on standard output. */
export function print(text: string): void {
  clearProgress();
  process.stdout.write(`${text}\n`);
}

const closedOutput = new AbortController();

/** Aborted once standard output is closed, such as by `| head`. */
export const outputClosed: AbortSignal = closedOutput.signal;

/**
 * Handles errors of standard output for the whole process. A closed pipe (EPIPE, as with `| head`) is no failure; any other error,
 * such as a full disk, sets the exit code of `usage`.
 */
export function handleClosedOutput(): void {
  process.stderr.on('error', () => undefined);
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && !closedOutput.signal.aborted) {
      process.exitCode = EXIT_CODES.usage;
      process.stderr.write(`error: standard output cannot be written: ${error.message}\n`);
    }
    closedOutput.abort();
  });
}

/** Prints a result for programs: one JSON document on standard output. */
export function printJson(value: unknown): void {
  print(jsonText(value, 2));
}

/** Prints a message for the user on standard error, so that standard output holds results only. */
export function note(text: string): void {
  clearProgress();
  process.stderr.write(`${asCalled(text)}\n`);
}
