/** Names of files that a tool loads by itself, with what says so. */
export interface LoadedRow {
  /** For people: what becomes of such a file on the host. */
  readonly why: string;
  /** The documentation of the tool that says so. */
  readonly source: string;
  /**
   * In lower case. A pattern without a slash is a name in any folder; one with a slash at its end is a folder, wherever it lies, and all
   * in it; one with a slash inside is the end of a path. `*` stands for anything but a slash.
   */
  readonly patterns: readonly string[];
}

/**
 * Reads rows from a text with one row per line: patterns with blanks between them, ` | `, and the source. Pure.
 * @throws Error for a line without patterns or without a source: the text is our own
 */
export function rows(why: string, text: string): LoadedRow[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => {
      const [names = '', source = ''] = line.split(' | ');
      if (names === '' || source === '') throw new Error(`no patterns or no source: ${line}`);
      return { why, source, patterns: names.split(' ') };
    });
}
