/**
 * Whether a changed `.gitignore` may ignore less than before. Ignored files stay out of the next bottle, so an agent
 * that removes a line would get what the line kept from it. Pure.
 *
 * Added lines ignore more, unless they begin with `!`: gitignore(5), "the last matching pattern decides". So nothing is
 * lost if all old lines are still there, in their order. A line with other blanks at its end counts as another line.
 * @param before read as latin1, like `after`: two lines that are not UTF-8 must not become equal; undefined if git read
 * no file
 */
export function ignoresLess(before: string | undefined, after: string): boolean {
  const [old, now] = [patternsIn(before ?? ''), patternsIn(after)];
  let kept = 0;
  for (const pattern of now) {
    if (pattern === old[kept]) kept += 1;
    else if (pattern.startsWith('!')) return true;
  }
  return kept < old.length;
}

/** UTF-8's byte order mark, as latin1: git skips it at the beginning of a file, and nowhere else. */
const BYTE_ORDER_MARK = /^\u00ef\u00bb\u00bf/;
/**
 * These lines keep an otherwise empty folder. They bring in the file of that name. They would also bring in a folder of
 * that name with its content, if somebody hides something in one.
 */
const KEEPS_FOLDER = ['!.gitignore', '!.gitkeep', '!.keep'];

/**
 * Reads lines as git does: drops one carriage return at the end, and skips a line only if it is empty or all blanks.
 */
const patternsIn = (text: string): readonly string[] =>
  text
    .replace(BYTE_ORDER_MARK, '')
    .split('\n')
    .map((line) => line.replace(/\r$/, ''))
    .filter((line) => !line.startsWith('#') && !/^ *$/.test(line) && !KEEPS_FOLDER.includes(line));
