/** Names of files that a tool loads by itself, with the source for that. */
export interface LoadedRow {
  /** For people: what the host does with such a file. */
  readonly why: string;
  /** The tool's documentation. */
  readonly source: string;
  /**
   * In lower case. A pattern without a slash is a name in any folder. A slash at the end means a folder anywhere, with
   * everything in it. A slash inside means the end of a path. `*` stands for anything but a slash.
   */
  readonly patterns: readonly string[];
}

/**
 * Reads rows from a text with one row per line: patterns separated by blanks, ` | `, and the source. Pure.
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
