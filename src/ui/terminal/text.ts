/**
 * Text that others chose (file names, host names, file contents) made safe to show: what moves the cursor, hides or
 * reorders text becomes a visible escape. For eyes, not for parsing: a backslash stays a backslash.
 */

/**
 * Controls, format characters with the bidirectional ones of "Trojan Source" (CVE-2021-42574), lone surrogates, line and
 * paragraph separators, and everything that Unicode says is shown as nothing at all (DI: Default_Ignorable_Code_Point).
 */
const DECEPTIVE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{DI}]/gu;

/**
 * What nobody sees, as the inside of a class of characters with the flag u: the above, every blank (White_Space), and what has no ink
 * although Unicode calls it a letter or a symbol: the empty pattern of Braille, the null notehead, the Khitan filler.
 */
export const UNSEEN_CHARACTERS = String.raw`\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{DI}\p{White_Space}\u2800\u{1d159}\u{16fe4}`;
const UNSEEN = new RegExp(`(?! )[${UNSEEN_CHARACTERS}]`, 'gu');

const SHORT_ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escapeCharacter(character: string): string {
  return SHORT_ESCAPES[character] ?? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

/** One line that is safe in a table or a message: of blanks only the plain one stays. */
export function escapeText(text: string): string {
  return text.replaceAll(UNSEEN, escapeCharacter);
}

/**
 * A value as JSON in ASCII, on one line or indented: JSON.stringify leaves characters in place that move a cursor (DEL,
 * C1) or turn the direction of text.
 */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replaceAll(
    /[^ -~\n]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Several lines: as `escapeText`, but line ends, tabs and the blanks of typography stay. A carriage return does not: it overwrites its line. */
export function escapeLines(text: string): string {
  return text.replaceAll(DECEPTIVE, (character) =>
    character === '\n' || character === '\t' ? character : escapeCharacter(character),
  );
}
