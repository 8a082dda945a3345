import { EXIT_CODES } from '../errors.ts';
import { asCalled } from './as-called.ts';
import { clearProgress } from './progress.ts';
import { jsonText } from './terminal/text.ts';

/** The only writers to the user's standard streams, besides an agent's own session. */

/** A result, on standard output. */
export function print(text: string): void {
  clearProgress();
  process.stdout.write(`${text}\n`);
}

const unread = new AbortController();

/** Comes when nobody takes what is printed any more. */
export const whenUnread: AbortSignal = unread.signal;

/** Has this process hear of that, once for all that it writes. Whoever reads may have had enough (`| head`): that is no failure of ours; a full disk is one. */
export function hearOfReaders(): void {
  process.stderr.on('error', () => undefined);
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && !unread.signal.aborted) {
      process.exitCode = EXIT_CODES.usage;
      process.stderr.write(`error: standard output cannot be written: ${error.message}\n`);
    }
    unread.abort();
  });
}

/** A result for machines: one JSON document on standard output. */
export function printJson(value: unknown): void {
  print(jsonText(value, 2));
}

/** A word to the person at the terminal, on standard error, so that results stay clean for pipes. */
export function note(text: string): void {
  clearProgress();
  process.stderr.write(`${asCalled(text)}\n`);
}
