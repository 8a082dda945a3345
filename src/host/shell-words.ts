/** Quotes words for a shell (POSIX 2.2.2, single quotes), so that users can read a command and type it. */

/** Quotes one word. Pure. */
const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;

/** Quotes a program with its arguments. Pure. */
export const shellLine = (argv: readonly string[]): string => argv.map(shellWord).join(' ');
