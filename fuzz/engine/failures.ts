import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nameOf } from './corpus.ts';
import { FOUND_FOLDER } from './watchdog.ts';

/** The failures, each kind once, with the smallest input that shows it. */

export interface Failures {
  /** Shrinks and writes the failure, if none is similar. */
  add(input: Buffer, error: Error): Promise<void>;
  readonly count: () => number;
}

export type Attempt = (input: Buffer) => Promise<Error | undefined>;

/** Most tries of smaller inputs for one failure. */
const MOST_ATTEMPTS = 400;

export function createFailures(name: string, attempt: Attempt): Failures {
  const known = new Set<string>();
  return {
    add: async (input, error) => {
      if (known.has(kindOf(error))) return;
      known.add(kindOf(error));
      const small = await shrunk(input, async (less) => {
        const other = await attempt(less);
        return other !== undefined && kindOf(other) === kindOf(error);
      });
      mkdirSync(FOUND_FOLDER, { recursive: true });
      const path = join(FOUND_FOLDER, `${name}-${nameOf(small)}`);
      writeFileSync(path, small);
      const again = `npm run fuzz -- ${name} --input fuzz/found/${name}-${nameOf(small)}`;
      const report = `${error.stack ?? error.message}\n\nagain: ${again}\n`;
      writeFileSync(`${path}.txt`, report);
      process.stderr.write(`FAILED ${name}: ${report}`);
    },
    count: () => known.size,
  };
}

/** Returns what similar failures share: numbers and quoted parts differ from input to input. */
function kindOf({ name, message, stack = '' }: Error): string {
  const place = /\n\s+at [^\n]*/.exec(stack)?.[0] ?? '';
  return `${name} ${message.slice(0, 60).replace(/[0-9]+|'[^']*'|"[^"]*"/g, '#')} ${place}`;
}

/** Leaves out ever smaller pieces while the input still fails. */
async function shrunk(input: Buffer, stillFails: (less: Buffer) => Promise<boolean>): Promise<Buffer> {
  let small = input;
  let attempts = 0;
  for (let size = Math.ceil(small.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < small.length && attempts < MOST_ATTEMPTS; attempts += 1) {
      const less = Buffer.concat([small.subarray(0, at), small.subarray(at + size)]);
      if (await stillFails(less)) small = less;
      else at += size;
    }
  }
  return small;
}
