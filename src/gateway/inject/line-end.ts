import { LONGEST_SPELLINGS, spellingTree } from './spellings.ts';

/**
 * The end of a line within a form that was cut into lines: LF, CR or both, as themselves or in any spelling, and what those who
 * cut put before the next line: blanks, as YAML, folded headers and OpenSSL do, or the `data: ` of an event.
 */

/** No end of a line. */
export const NO_LINE_END = -1;
/** The bytes end before it is known. */
export const OPEN_LINE_END = -2;

const LF = 0x0a;
const CR = 0x0d;
const TAB = 0x09;
const BLANK = 0x20;
const TREE = spellingTree([LF, CR]);
/** More blanks are the next line's own; OpenSSL puts 20 before a key. */
const MAX_BLANKS = 24;
/** How a line of an event begins, the blank aside: https://html.spec.whatwg.org/multipage/server-sent-events.html */
const DATA = Uint8Array.from('data:', (char) => char.charCodeAt(0));

export const LONGEST_LINE_END = (LONGEST_SPELLINGS[CR] ?? 0) + (LONGEST_SPELLINGS[LF] ?? 0) + MAX_BLANKS;

/** The bytes that an end of a line begins with, besides those that spellings do. */
export const LINE_END_STARTS = [LF, CR];

/** Where the end of a line that begins here is over, with the blanks behind it; or one of the two above. */
export function lineEndAt(bytes: Uint8Array, at: number): number {
  const afterCr = afterCharacter(bytes, at, CR);
  if (afterCr === OPEN_LINE_END) return OPEN_LINE_END;
  const afterLf = afterCharacter(bytes, afterCr === NO_LINE_END ? at : afterCr, LF);
  if (afterLf === OPEN_LINE_END) return OPEN_LINE_END;
  const over = Math.max(afterCr, afterLf);
  return over === NO_LINE_END ? NO_LINE_END : afterBlanks(bytes, over);
}

/** The same for what begins a line of an event. */
export function dataAt(bytes: Uint8Array, at: number): number {
  let length = 0;
  while (length < DATA.length && bytes[at + length] === DATA[length]) length += 1;
  if (length === DATA.length) return bytes[at + length] === BLANK ? at + length + 1 : at + length;
  return at + length === bytes.length ? OPEN_LINE_END : NO_LINE_END;
}

/** The same for one character, in any spelling. */
function afterCharacter(bytes: Uint8Array, at: number, code: number): number {
  if (bytes[at] === code) return at + 1;
  let node = 0;
  for (let position = at; position < bytes.length; position += 1) {
    node = TREE.step(node, bytes[position] ?? 0);
    if (node === 0) return NO_LINE_END;
    if (TREE.spelled[node] === code) return position + 1;
    if (TREE.ahead[node]?.has(code) !== true) return NO_LINE_END;
  }
  return OPEN_LINE_END;
}

function afterBlanks(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < from + MAX_BLANKS && (bytes[at] === BLANK || bytes[at] === TAB)) at += 1;
  return at;
}
