import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A change to the program's text that opens its bottles, as a mistake of ours would. */
export interface Edit {
  /** Path in the package. */
  readonly file:
    | 'dist/main.cjs'
    | 'dist/gateway.cjs'
    | 'assets/sandbox/session.pl'
    | 'assets/sandbox/shed.pl'
    | 'assets/handover/checks.pl'
    | 'assets/handover/join.pl'
    | 'assets/bridge/checks.pl';
  readonly find: RegExp;
  /** The second argument of `replace`. */
  readonly put: string;
}

/**
 * Changes a copy of the program.
 * @throws Error if a place does not match exactly once: then the sabotage needs an update
 */
export function applyEdits(packageDir: string, edits: readonly Edit[]): void {
  for (const { file, find, put } of edits) {
    const path = join(packageDir, file);
    const text = readFileSync(path, 'utf8');
    const places = text.match(new RegExp(find, `${find.flags.replace('g', '')}g`))?.length ?? 0;
    if (places !== 1) throw new Error(`${String(find)} is ${places} times in ${file}, and should be once`);
    writeFileSync(path, text.replace(find, put));
  }
}
