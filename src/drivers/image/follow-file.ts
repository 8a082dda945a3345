import type { FileHandle } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 100;

/** Reads the lines of a file as another program appends them. `stop` reads what is there to its end, then ends. */
export function followFile(file: FileHandle, onLine: (line: string) => void): { stop(): Promise<void> } {
  let isOver = false;
  const following = (async () => {
    let rest = '';
    for (;;) {
      const wasOver = isOver; // asked before reading: what came after the last read is still read
      const lines = (rest + (await file.readFile('utf8'))).split('\n');
      rest = lines.pop() ?? '';
      lines.forEach(onLine);
      if (wasOver) return;
      await sleep(POLL_MS);
    }
  })();
  return {
    stop: async () => {
      isOver = true;
      await following;
    },
  };
}
