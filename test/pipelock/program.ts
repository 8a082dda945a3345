import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The stand-in for pipelock, with the addresses that it is to find for names, in a folder of its own. */
export interface StandIn {
  readonly path: string;
  remove(): void;
}

/** Writes the program where everybody can run it. */
export function writeStandIn(names: Readonly<Record<string, string>>): StandIn {
  const text = readFileSync(join(import.meta.dirname, 'stand-in.mjs'), 'utf8');
  const marked = 'const NAMES = {};';
  if (!text.includes(marked)) throw new Error('the stand-in has no place for names');
  const dir = mkdtempSync('/var/tmp/bb-pipelock-');
  const path = join(dir, 'pipelock.mjs');
  writeFileSync(path, text.replace(marked, `const NAMES = ${JSON.stringify(names)};`), { mode: 0o755 });
  return { path, remove: () => rmSync(dir, { recursive: true }) };
}
