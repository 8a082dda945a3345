/**
 * Whether a change of a `.gitignore` may have less ignored than before. What is ignored stays out of the next bottle, so an agent that
 * takes a line away would be given what the line kept from it. Pure.
 *
 * Lines that are added ignore more, but for those that begin with `!`: gitignore(5), "the last matching pattern decides". So nothing is
 * lost where all lines of before are still there, in their order. One with other blanks at its end counts as another line.
 * @param before as latin1, as `after`: two lines that are not UTF-8 must not become the same; undefined where git read none
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

/** UTF-8's byte order mark, as latin1: git passes it over at the beginning of a file, and nowhere else. */
const BYTE_ORDER_MARK = /^\u00ef\u00bb\u00bf/;
/**
 * By these a folder is kept that has nothing else in it. They bring in the file of that name; a folder of that name, with what is in it,
 * where somebody has one for what nobody is to see, comes in too.
 */
const KEEPS_FOLDER = ['!.gitignore', '!.gitkeep', '!.keep'];

/** As git reads them: of carriage returns one goes, of what else is white only blanks make an empty line. */
const patternsIn = (text: string): readonly string[] =>
  text
    .replace(BYTE_ORDER_MARK, '')
    .split('\n')
    .map((line) => line.replace(/\r$/, ''))
    .filter((line) => !line.startsWith('#') && !/^ *$/.test(line) && !KEEPS_FOLDER.includes(line));
