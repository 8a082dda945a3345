import * as z from 'zod';
import { assetPath } from '../../../host/paths.ts';
import { openEars } from '../listeners/ears.ts';
import { readLineAs, startLineProgram, type LineProgram } from '../listeners/line-program.ts';

/** The program that listens beyond this host, in a network of its own: assets/arena/beyond.pl has what it says. */

const LINE = z.union([
  z.object({ ready: z.literal(1) }),
  z.object({ listens: z.number() }),
  z.object({ looked: z.number() }),
  z.object({ word: z.string(), way: z.string() }),
]);
type Line = z.infer<typeof LINE>;

/** What it answers, or why it does not, in words. */
export type Answer = Line | string;

export interface Listener extends LineProgram<Line> {
  /** The ways by which a nonce came. */
  readonly heard: (nonce: string) => readonly string[];
}

/** A line of its own; undefined: it is none. Pure. */
export const readLine = (text: string): Line | undefined => readLineAs(LINE, text);

/** Starts it. */
export function startListener(): Listener {
  const ears = openEars();
  const program = startLineProgram({
    argv: ['unshare', '--net', 'perl', assetPath('arena/beyond.pl')],
    env: { LC_ALL: 'C' }, // its complaints are read: why-nobody.ts
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
