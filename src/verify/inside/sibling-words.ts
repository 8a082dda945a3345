import type { Readable } from 'node:stream';
import * as z from 'zod';

/**
 * The output of the sibling's program: where to reach it, and what it hears. It is our program, and nothing has
 * attacked it yet.
 */

/**
 * Limits of what is kept, because an attacker that reaches it may make it print much. A full one hears no more, which
 * `settle` detects.
 */
const MOST = { line: 65_536, word: 64, nonces: 10_000, ways: 16 };

const FOUND = z.object({ port: z.number(), addresses: z.array(z.string()), proxy: z.string() });
const HEARD = z.object({ heard: z.string().max(MOST.word), way: z.string().max(MOST.word) });
const LINE = z.union([FOUND, HEARD]);

export type SiblingPlace = z.infer<typeof FOUND>;

export interface SiblingWords {
  /** Resolves with its first message; undefined if it ended without one. */
  readonly place: Promise<SiblingPlace | undefined>;
  /** Returns the ways by which a nonce came. */
  heard(nonce: string): readonly string[];
}

/** Parses its output. Skips lines of other programs, such as a launcher's. */
export function listenToSibling(output: Readable): SiblingWords {
  const heard = new Map<string, Set<string>>();
  const place = new Promise<SiblingPlace | undefined>((resolve) => {
    output.on('close', () => resolve(undefined));
    onLines(output, (text) => {
      const line = readLine(text);
      if (line === undefined) return;
      if ('port' in line) resolve(line);
      else keep(heard, line);
    });
  });
  return { place, heard: (nonce) => [...(heard.get(nonce) ?? [])].sort() };
}

function keep(heard: Map<string, Set<string>>, { heard: nonce, way }: z.infer<typeof HEARD>): void {
  const ways = heard.get(nonce) ?? new Set();
  if (ways.size === 0 && heard.size >= MOST.nonces) return;
  if (ways.size < MOST.ways) heard.set(nonce, ways.add(way));
}

/** Skips lines that are too long. */
function onLines(output: Readable, take: (line: string) => void): void {
  let [rest, isCut] = ['', false];
  output.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (!isCut && line.length <= MOST.line) take(line);
      isCut = false;
    }
    if (rest.length > MOST.line) [rest, isCut] = ['', true];
  });
}

function readLine(text: string): z.infer<typeof LINE> | undefined {
  try {
    return LINE.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
