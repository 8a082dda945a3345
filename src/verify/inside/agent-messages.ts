import * as z from 'zod';
import { escapeText } from '../../ui/terminal/text.ts';

/**
 * What the scripted agent says on its standard output, a line of JSON each. It comes out of a bottle, so it is read as
 * anything that an attacker writes: by shape, and nothing is believed that can be seen from outside.
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
  // Behind all others: whoever said it was not ended.
  z.object({ done: z.literal(true) }).transform(() => ({ kind: 'done' as const })),
  z.object({ attempt: text, met: text }).transform((word) => ({ kind: 'attempt' as const, ...word })),
]);

export type AgentMessage = z.infer<typeof WORD>;

/** One line, or undefined where it says nothing that we know. */
export function parseAgentMessage(line: string): AgentMessage | undefined {
  try {
    return WORD.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
