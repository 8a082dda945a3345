import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The kept inputs: small ones, each of which reaches code that no smaller one reaches. */

const FOLDER = join(import.meta.dirname, '..', 'corpus');
const MAX_FILES = 200;
export const MAX_BYTES = 300 * 1024;

/** Returns the inputs of this target, in the order of their names. */
export function readCorpus(name: string): readonly Buffer[] {
  const folder = join(FOLDER, name);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((file) => readFileSync(join(folder, file)));
}

/** Writes these inputs of this target, and removes all others. */
export function writeCorpus(name: string, inputs: readonly Buffer[]): void {
  const folder = join(FOLDER, name);
  const wanted = new Map(inputs.map((input) => [nameOf(input), input]));
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(folder)) if (!wanted.has(file)) rmSync(join(folder, file));
  for (const [file, input] of wanted) writeFileSync(join(folder, file), input);
}

/** Returns the file name of an input. */
export const nameOf = (input: Uint8Array): string =>
  createHash('sha256').update(input).digest('hex').slice(0, 16);

/** Returns the smallest inputs first, and only those that add coverage to the ones before, within the limits. */
export async function minimised(
  inputs: readonly Buffer[],
  adds: (input: Buffer) => Promise<boolean>,
): Promise<readonly Buffer[]> {
  const kept: Buffer[] = [];
  let bytes = 0;
  for (const input of inputs.toSorted((a, b) => a.length - b.length || a.compare(b))) {
    if (kept.length >= MAX_FILES || bytes + input.length > MAX_BYTES) break;
    if (!(await adds(input))) continue;
    kept.push(input);
    bytes += input.length;
  }
  return kept;
}
