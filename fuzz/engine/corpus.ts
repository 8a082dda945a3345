import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Inputs that are kept: small ones, each of which reaches what no smaller one does. */

const FOLDER = join(import.meta.dirname, '..', 'corpus');
const MAX_FILES = 200;
export const MAX_BYTES = 300 * 1024;

/** Those of this target, in the order of their names. */
export function readCorpus(name: string): readonly Buffer[] {
  const folder = join(FOLDER, name);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((file) => readFileSync(join(folder, file)));
}

/** Keeps these, and no others, of this target. */
export function writeCorpus(name: string, inputs: readonly Buffer[]): void {
  const folder = join(FOLDER, name);
  const wanted = new Map(inputs.map((input) => [nameOf(input), input]));
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(folder)) if (!wanted.has(file)) rmSync(join(folder, file));
  for (const [file, input] of wanted) writeFileSync(join(folder, file), input);
}

/** What an input is called in files. */
export const nameOf = (input: Uint8Array): string =>
  createHash('sha256').update(input).digest('hex').slice(0, 16);

/** The smallest first, and only what adds to those before it, within the limits. */
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
