import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A change to the program's text that opens its bottles somewhere: what a mistake of ours would do. */
export interface Edit {
  /** In the package. */
  readonly file:
    | 'dist/main.cjs'
    | 'dist/gateway.cjs'
    | 'assets/sandbox/session.pl'
    | 'assets/sandbox/shed.pl'
    | 'assets/handover/checks.pl'
    | 'assets/handover/join.pl'
    | 'assets/bridge/checks.pl';
  readonly find: RegExp;
  /** As the second argument of `replace`. */
  readonly put: string;
}

/** Changes a copy of the program. @throws Error when a place is not there exactly once: then the sabotage must be written anew */
export function applyEdits(packageDir: string, edits: readonly Edit[]): void {
  for (const { file, find, put } of edits) {
    const path = join(packageDir, file);
    const text = readFileSync(path, 'utf8');
    const places = text.match(new RegExp(find, `${find.flags.replace('g', '')}g`))?.length ?? 0;
    if (places !== 1) throw new Error(`${String(find)} is ${places} times in ${file}, and should be once`);
    writeFileSync(path, text.replace(find, put));
  }
}
