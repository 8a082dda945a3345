/**
 * Makes text from other sources (file names, host names, file contents) safe to show. Characters that move the cursor,
 * or hide or reorder text, become visible escapes. The result is for display, not for parsing: a backslash stays a
 * backslash.
 */

/**
 * Control characters; format characters, including the bidirectional ones of "Trojan Source" (CVE-2021-42574); lone
 * surrogates; line and paragraph separators; and everything that Unicode calls invisible by default (DI:
 * Default_Ignorable_Code_Point).
 */
const DECEPTIVE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{DI}]/gu;

/**
 * Invisible characters, as the content of a character class for a regular expression with the flag u: the above, every
 * blank (White_Space), and characters without ink that Unicode calls a letter or a symbol: the empty pattern of
 * Braille, the null notehead, the Khitan filler.
 */
export const UNSEEN_CHARACTERS = String.raw`\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{DI}\p{White_Space}\u2800\u{1d159}\u{16fe4}`;
const UNSEEN = new RegExp(`(?! )[${UNSEEN_CHARACTERS}]`, 'gu');

const SHORT_ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escapeCharacter(character: string): string {
  return SHORT_ESCAPES[character] ?? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

/** Returns one line that is safe in a table or a message. Of the blanks, only the plain space stays. */
export function escapeText(text: string): string {
  return text.replaceAll(UNSEEN, escapeCharacter);
}

/**
 * Returns a value as JSON in ASCII, on one line or indented. JSON.stringify alone keeps characters that move the cursor
 * (DEL, C1) or change the direction of text.
 */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replaceAll(
    /[^ -~\n]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/**
 * Returns several lines. Like `escapeText`, but keeps line ends, tabs and typographic blanks. It escapes a carriage
 * return, which would overwrite its line.
 */
export function escapeLines(text: string): string {
  return text.replaceAll(DECEPTIVE, (character) =>
    character === '\n' || character === '\t' ? character : escapeCharacter(character),
  );
}
