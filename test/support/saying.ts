import { setTimeout as sleep } from 'node:timers/promises';

/** Returns a function that returns all output of a stream so far. */
export function collect(stream: NodeJS.ReadableStream | null): () => string {
  let text = '';
  stream?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  return () => text;
}

/** Waits for a condition. @throws Error if it does not hold within 30 s */
export async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 30_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error('it did not happen within 30 s');
    await sleep(50);
  }
}
