import { escapeText } from '../../ui/terminal/text.ts';

/** More of what a bottle met than this is in the JSON alone. */
const MOST_EVIDENCE = 400;

/** Text of a bottle's: safe on a terminal, and not without end. */
export function excerpt(text: string): string {
  const characters = Array.from(escapeText(text));
  const start = characters.slice(0, MOST_EVIDENCE).join('');
  return characters.length <= MOST_EVIDENCE ? start : `${start}... (the rest: --json)`;
}
