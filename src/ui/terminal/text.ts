/**
 * Text that others chose (file names, host names, file contents) made safe to show: what moves the cursor, hides or
 * reorders text becomes a visible escape. For eyes, not for parsing: a backslash stays a backslash.
 */

/**
 * Controls, format characters with the bidirectional ones of "Trojan Source" (CVE-2021-42574), lone surrogates, line and
 * paragraph separators, and everything that Unicode says is shown as nothing at all (DI: Default_Ignorable_Code_Point).
 */
const DECEPTIVE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{DI}]/gu;

const SHORT_ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escapeCharacter(character: string): string {
  return SHORT_ESCAPES[character] ?? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

/** One line that is safe in a table or a message. */
export function escapeText(text: string): string {
  return text.replaceAll(DECEPTIVE, escapeCharacter);
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

/** Several lines: as `escapeText`, but line ends and tabs stay. A carriage return does not: it overwrites its line. */
export function escapeLines(text: string): string {
  return text.replaceAll(DECEPTIVE, (character) =>
    character === '\n' || character === '\t' ? character : escapeCharacter(character),
  );
}
