import { setTimeout as sleep } from 'node:timers/promises';

/** All that came on a stream so far. */
export function collect(stream: NodeJS.ReadableStream | null): () => string {
  let text = '';
  stream?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  return () => text;
}

/** Waits for it. @throws Error when it does not come in time */
export async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 30_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error('it did not happen within 30 s');
    await sleep(50);
  }
}
