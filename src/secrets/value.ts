/** Anything shorter would be found by chance in what others write, and be guessed. */
const SHORTEST_SECRET = 8;
/** As in the gateway: hardly a server takes more in a header. */
const LONGEST_SECRET = 8_192;

/**
 * Why a text that was read is no secret, in words that go on from where it was read and never show it; undefined: it is one.
 * As `secretFault` of the gateway, which has it again because it trusts nobody.
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

/** Without the end of the line that editors and programs put after it. */
export const withoutLineEnd = (text: string): string => text.replace(/\r?\n$/, '');
