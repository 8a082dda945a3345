import type { Duplex } from 'node:stream';

/** What a sandbox's first program tells the launcher on its way: assets/sandbox/serve.pl, assets/microvm/attendant.pl. */

/** It is there, and may be read back; it goes on. */
export const HERE = 'here';
/** It waits for the agent. */
export const UP = 'up';

/** Waits for this word of the first program, a line; each is waited for before the next. @throws Error with what is said in its place */
export function wordsOf(life: Duplex): (word: string) => Promise<void> {
  let said = '';
  let end: Error | undefined;
  let look = (): void => undefined;
  life.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    look();
  });
  const over = (error: Error): void => {
    end ??= error;
    look();
  };
  life.once('error', over).once('end', () => over(new Error('the first program ended')));
  return async (word) =>
    await new Promise((resolve, reject) => {
      look = () => {
        const [line, ...rest] = said.split('\n');
        if (rest.length === 0) return end === undefined ? undefined : reject(end);
        said = rest.join('\n');
        look = () => undefined;
        return line === word ? resolve() : reject(new Error(line));
      };
      look();
    });
}
