/** How a shell is told words (POSIX 2.2.2, single quotes), so that a command can be read, and typed, as what it is. */

/** One word. Pure. */
const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;

/** A program with its arguments. Pure. */
export const shellLine = (argv: readonly string[]): string => argv.map(shellWord).join(' ');
