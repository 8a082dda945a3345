import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import * as z from 'zod';

/** What the program of a sibling says: where it can be found, and what it hears. It is ours, and nobody has attacked it yet. */

const FOUND = z.object({ port: z.number(), addresses: z.array(z.string()), proxy: z.string() });
const LINE = z.union([FOUND, z.object({ heard: z.string(), way: z.string() })]);

export type SiblingPlace = z.infer<typeof FOUND>;

export interface SiblingWords {
  /** Settles with its first word; undefined when it ended without one. */
  readonly place: Promise<SiblingPlace | undefined>;
  /** The ways by which a nonce came. */
  heard(nonce: string): readonly string[];
}

/** Listens to its output. Lines of others, such as a launcher's, are passed over. */
export function listenToSibling(output: Readable): SiblingWords {
  const heard = new Map<string, Set<string>>();
  const lines = createInterface(output);
  const place = new Promise<SiblingPlace | undefined>((resolve) => {
    lines.on('close', () => resolve(undefined));
    lines.on('line', (text) => {
      const line = readLine(text);
      if (line === undefined) return;
      if ('port' in line) resolve(line);
      else heard.set(line.heard, (heard.get(line.heard) ?? new Set()).add(line.way));
    });
  });
  return { place, heard: (nonce) => [...(heard.get(nonce) ?? [])].sort() };
}

function readLine(text: string): z.infer<typeof LINE> | undefined {
  try {
    return LINE.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
