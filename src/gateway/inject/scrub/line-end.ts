import { LONGEST_SPELLINGS, spellingTree } from './spellings.ts';

/**
 * Line ends within a form that was broken into lines: LF, CR or both, as themselves or in any spelling, and what the
 * encoder puts before the next line: blanks, as YAML, folded headers and OpenSSL do, or the `data: ` of an event.
 */

/** There is no line end. */
export const NO_LINE_END = -1;
/** The bytes end before the line end is complete. */
export const OPEN_LINE_END = -2;

const LF = 0x0a;
const CR = 0x0d;
const TAB = 0x09;
const BLANK = 0x20;
const TREE = spellingTree([LF, CR]);
/** Most blanks before the next line; further ones belong to the line itself. OpenSSL puts 20 before a key. */
const MAX_BLANKS = 24;
/**
 * The beginning of a line of an event, without the blank:
 * https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
const DATA = Uint8Array.from('data:', (char) => char.charCodeAt(0));

export const LONGEST_LINE_END = (LONGEST_SPELLINGS[CR] ?? 0) + (LONGEST_SPELLINGS[LF] ?? 0) + MAX_BLANKS;

/** The bytes that a line end begins with, besides those that begin a spelling. */
export const LINE_END_STARTS = [LF, CR];

/** Returns the position behind the line end at `at` and the blanks after it; or `NO_LINE_END` or `OPEN_LINE_END`. */
export function lineEndAt(bytes: Uint8Array, at: number): number {
  const afterCr = afterCharacter(bytes, at, CR);
  if (afterCr === OPEN_LINE_END) return OPEN_LINE_END;
  const afterLf = afterCharacter(bytes, afterCr === NO_LINE_END ? at : afterCr, LF);
  if (afterLf === OPEN_LINE_END) return OPEN_LINE_END;
  const over = Math.max(afterCr, afterLf);
  return over === NO_LINE_END ? NO_LINE_END : afterBlanks(bytes, over);
}

/** The same for the `data: ` that begins a line of an event. */
export function dataAt(bytes: Uint8Array, at: number): number {
  let length = 0;
  while (length < DATA.length && bytes[at + length] === DATA[length]) length += 1;
  if (length === DATA.length) return bytes[at + length] === BLANK ? at + length + 1 : at + length;
  return at + length === bytes.length ? OPEN_LINE_END : NO_LINE_END;
}

/** The same for one character in any spelling. */
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
