import type { BodyFacts, Finding, Inspector, Passed } from './finding.ts';
import { createInspector } from './inspector.ts';

/** Passes bodies through an inspection, for tests. */

export const SECRET = 'sk-ant-api03-9xQ/zt+4LmP0=vB7&kW2';
export const CANARY = 'canary-71f0c2d9a4';
const SECRETS = [
  { name: 'API_KEY', value: SECRET, kind: 'secret' },
  { name: 'bait', value: CANARY, kind: 'canary' },
] as const;

export const inspector = () => createInspector({ secrets: SECRETS, rules: [] });

export interface Outcome {
  readonly released: Buffer;
  readonly findings: readonly Finding[];
  readonly blocked: boolean;
}

/** Returns the outcome for a body that arrives in these pieces. */
export function pass(
  pieces: readonly Uint8Array[],
  about: Partial<BodyFacts> = {},
  by = inspector(),
): Outcome {
  const body = by.body({ host: 'h.example', where: 'body', action: 'block', ...about });
  const results = [...pieces.map((piece) => body.push(piece)), body.end()];
  return {
    released: Buffer.concat(results.map(({ release }) => release)),
    findings: results.flatMap(({ findings }) => findings),
    blocked: results.at(-1)?.blocked ?? false,
  };
}

/** Like `pass`, in the inspection thread of `by`. */
export function passInThread(
  pieces: readonly Uint8Array[],
  about: Partial<BodyFacts>,
  by: Inspector,
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const all: Passed[] = [];
    const body = by.largeBody?.(
      { host: 'h.example', where: 'body', action: 'block', ...about },
      {
        onPassed: (passed, isEnd) => {
          all.push(passed);
          if (!isEnd) return;
          resolve({
            released: Buffer.concat(all.map(({ release }) => release)),
            findings: all.flatMap(({ findings }) => findings),
            blocked: passed.blocked,
          });
        },
        onFailed: reject,
      },
    );
    for (const piece of pieces) body?.push(piece);
    body?.end();
  });
}

/** Returns `bytes` in pieces that end at `cuts`. */
export function cut(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const ends = [...cuts.map((at) => at % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return ends.map((end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end));
}
