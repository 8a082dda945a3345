import { CLASS, ESCAPE } from './characters.ts';

/** Finds an escape (`unescape.ts`) that is incomplete at the end of a text. */

const OPEN_ESCAPE = /(?:%[\da-f]?|\\(?:u[\da-f]{0,3}|x[\da-f]?)?|&(?:#x?0*)?[\da-z]{0,7})$/i;
/** Without the zeros before its number, which may be any number. */
const LONGEST_OPEN_ESCAPE = 10;
/** `&#x`. */
const LONGEST_MARK = 3;
const ZERO = 0x30;

/** Returns how many bytes at the end are an incomplete escape. */
export function openEscape(bytes: Uint8Array): number {
  let start = Math.max(0, bytes.length - LONGEST_OPEN_ESCAPE);
  if (bytes[start] === ZERO) {
    while (start > 0 && bytes[start] === ZERO) start -= 1;
    start = Math.max(0, start - LONGEST_MARK);
  }
  for (let at = start; at < bytes.length; at += 1) {
    if ((CLASS[bytes[at]!]! & ESCAPE) === 0) continue;
    const end = Buffer.from(bytes.subarray(start)).toString('latin1');
    return OPEN_ESCAPE.exec(end)?.[0].length ?? 0;
  }
  return 0;
}
