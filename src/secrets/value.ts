/** A shorter secret would match other text by chance, and an attacker could guess it. */
const SHORTEST_SECRET = 8;
/** Same limit as in the gateway: few servers accept more in a header. */
const LONGEST_SECRET = 8_192;

/**
 * Returns why a text is not a valid secret, or undefined if it is valid. The reason completes a sentence about the
 * source, and never shows the text. Mirrors `secretFault` of the gateway, which checks again because it trusts no
 * caller.
 */
export function valueFault(value: string): string | undefined {
  if (value === '') return 'is empty';
  if (/\p{Cc}/u.test(value)) return 'has more than one line, or control characters';
  if (value.length < SHORTEST_SECRET) return `has fewer than ${SHORTEST_SECRET} characters`;
  if (value.length > LONGEST_SECRET) return `has more than ${LONGEST_SECRET} characters`;
  if (value.trim() !== value) return 'begins or ends with a space';
  if (/\\{4}/.test(value)) return 'has four backslashes in a row, which look like escapes of one another';
  return /^[\x20-\x7e]*$/.test(value) ? undefined : 'has characters beyond ASCII';
}

/** Removes the final line end that editors and programs add. */
export const withoutLineEnd = (text: string): string => text.replace(/\r?\n$/, '');
