import * as z from 'zod';
import { escapeText } from '../../ui/terminal/text.ts';

/**
 * Messages that the attack program prints, one JSON object per line. They come out of a bottle, so an attacker may have
 * written them: they are parsed by shape, and nothing that the host can observe itself is taken from them.
 */

const LIMIT = 500;
const text = z.string().transform((value) => escapeText(value.trim().slice(0, LIMIT)));

const WORD = z.union([
  z.object({ begins: text, command: text.optional() }).transform(({ begins, command }) => ({
    kind: 'begins' as const,
    what: command ?? begins,
  })),
  z.object({ control: text, ok: z.boolean(), said: text }).transform((word) => ({
    kind: 'control' as const,
    ...word,
  })),
  // The last message: the program that printed it was not killed.
  z.object({ done: z.literal(true) }).transform(() => ({ kind: 'done' as const })),
  z.object({ attempt: text, met: text }).transform((word) => ({ kind: 'attempt' as const, ...word })),
]);

export type AgentMessage = z.infer<typeof WORD>;

/** Parses one line; undefined if it is no known message. */
export function parseAgentMessage(line: string): AgentMessage | undefined {
  try {
    return WORD.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
