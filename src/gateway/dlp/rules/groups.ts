/**
 * Finds the capture groups of an expression that may be the secret. gitleaks takes the first that is not empty. That is
 * wrong for a group of fixed words (`sonar.(login|token)`), and for a repeated group, which keeps only its last turn
 * (`([a-z0-9]{4}-){3}`): redaction of that group would leave most of the secret.
 */

interface Group {
  /** Undefined for a group that does not capture. */
  readonly number: number | undefined;
  /** Whether characters in it vary. */
  isVaried: boolean;
  readonly inside: number[];
}

/** Returns the numbers of these groups, in order. Without any, the whole match is the secret. Takes Go's syntax. */
export function secretGroupsOf(regex: string): readonly number[] {
  const tokens = regex.matchAll(
    /\\Q.*?(?:\\E|$)|\\[^]|\[\^?\]?(?:\[:\^?\w+:\]|\\[^]|[^\]])*\]|\((?:\?P?<[^>]*>|\?[imsU-]*[:)])?|\)|[^]/gs,
  );
  const open: Group[] = [];
  const found = new Set<number>();
  let captures = 0;
  for (const { 0: token, index } of tokens) {
    if (token.startsWith('(') && !token.endsWith(')')) {
      const isCapture = token === '(' || token.includes('<');
      open.push({ number: isCapture ? (captures += 1) : undefined, isVaried: false, inside: [] });
    } else if (token === ')') {
      close(open, found, /^[*+{]/.test(regex.slice(index + 1)));
    } else if (/^(?:\[|\.|\\[wdsWDSpP])/.test(token)) {
      for (const group of open) group.isVaried = true;
    }
  }
  return [...found].toSorted((a, b) => a - b);
}

function close(open: Group[], found: Set<number>, isRepeated: boolean): void {
  const group = open.pop();
  if (group === undefined) return;
  const captured = group.number === undefined ? group.inside : [group.number, ...group.inside];
  if (isRepeated) for (const number of captured) found.delete(number);
  else if (group.number !== undefined && group.isVaried) found.add(group.number);
  open.at(-1)?.inside.push(...captured);
}
