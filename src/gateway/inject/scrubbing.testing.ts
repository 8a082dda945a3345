import * as fc from 'fast-check';
import type { Scrub } from './scrub.ts';

/** Answers that echo a secret, for tests. */

export const SECRET = 'sk-ant-api03-Zq7_Xv+2/Lm9=Rt4-Wk8';

/** Of pieces. */
export const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 });

/** Scrubbed in pieces of these sizes, over and over. */
export function inPieces(subject: Scrub, input: Uint8Array, sizes: readonly number[]): Buffer {
  const stream = subject.stream();
  const out: Uint8Array[] = [];
  for (let at = 0, turn = 0; at < input.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    out.push(Uint8Array.from(stream.push(input.subarray(at, at + size))));
    at += size;
  }
  return Buffer.concat([...out, stream.end()]);
}

/** What still tells of the secret: a part of it, of eight characters, after its public prefix. */
export function partsLeft(text: string, form: string): string[] {
  const parts = Array.from({ length: form.length - 11 }, (_, at) => form.slice(at, at + 12));
  return parts.filter((part) => text.includes(part));
}
