/**
 * Whether a change of a `.gitignore` may have less ignored than before. What is ignored stays out of the next bottle, so an agent that
 * takes a line away would be given what the line kept from it. Pure.
 *
 * Lines that are added ignore more, but for those that begin with `!`: gitignore(5), "the last matching pattern decides". So nothing is
 * lost where all lines of before are still there, in their order.
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

const patternsIn = (text: string): readonly string[] =>
  text.split('\n').filter((line) => !line.startsWith('#') && !/^[ \t\r]*$/.test(line));
