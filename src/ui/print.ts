import { asCalled } from './as-called.ts';
import { jsonText } from './terminal/text.ts';

/** The only writers to the user's standard streams, besides an agent's own session. */

/** A result, on standard output. */
export function print(text: string): void {
  endWithReader(process.stdout);
  process.stdout.write(`${text}\n`);
}

/** Whoever reads may have had enough (`| head`): that is no failure of ours. */
function endWithReader(stream: NodeJS.WriteStream): void {
  if (stream.listenerCount('error') > 0) return;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

/** A result for machines: one JSON document on standard output. */
export function printJson(value: unknown): void {
  print(jsonText(value, 2));
}

/** A word to the person at the terminal, on standard error, so that results stay clean for pipes. */
export function note(text: string): void {
  process.stderr.write(`${asCalled(text)}\n`);
}
