import * as z from 'zod';
import { assetPath } from '../../../host/paths.ts';
import { openEars } from '../nonce.ts';
import { readLineAs, startLineProgram, type LineProgram } from '../listeners/line-program.ts';

/**
 * The program that listens beyond this host, in a separate network namespace: assets/arena/beyond.pl describes its
 * output.
 */

const LINE = z.union([
  z.object({ ready: z.literal(1) }),
  z.object({ listens: z.number() }),
  z.object({ looked: z.number() }),
  z.object({ word: z.string(), way: z.string() }),
]);
type Line = z.infer<typeof LINE>;

/** Its answer, or the reason why there is none, as text. */
export type Answer = Line | string;

export interface Listener extends LineProgram<Line> {
  /** Returns the ways by which a nonce came. */
  readonly heard: (nonce: string) => readonly string[];
}

/** Parses a line of the program; undefined if it is no such line. Pure. */
export const readLine = (text: string): Line | undefined => readLineAs(LINE, text);

/** Starts the listener program. */
export function startListener(): Listener {
  const ears = openEars();
  const program = startLineProgram({
    argv: ['unshare', '--net', 'perl', assetPath('arena/beyond.pl')],
    env: { LC_ALL: 'C' }, // `whyNobody` (beyond.ts) matches its error messages
    schema: LINE,
    hear: (line) => {
      if (!('word' in line)) return false;
      ears.begin(line.way)(line.word);
      return true;
    },
    whyEnded: (complaint) => complaint.trim() || 'it ended without a word',
    missing: 'no unshare(1) here',
  });
  return { ...program, heard: ears.heard };
}
