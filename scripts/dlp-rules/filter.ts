/**
 * Betterleaks writes the exclusions of a rule as an expression in CEL (`filter`). Its generated file uses a small part
 * of that language: terms joined by `||`. This reads that part into gitleaks' older form: an entropy and allow lists.
 */

export interface Filter {
  readonly entropy?: number;
  readonly allowlists: readonly RawAllowlist[];
}

/** As in gitleaks' configuration. */
export interface RawAllowlist {
  readonly regexTarget?: 'match' | 'line';
  readonly regexes?: readonly string[];
  readonly stopwords?: readonly string[];
}

const STRING = String.raw`r?"""[^]*?"""|"(?:[^"\\]|\\.)*"`;
const LIST = String.raw`\[\s*(?:(?:${STRING})\s*,?\s*)*\]`;
const ENTROPY = /^entropy\(finding\["secret"\]\) <= ([\d.]+)$/;
const LISTED = new RegExp(
  String.raw`^(matchesAny|containsAny)\(finding\["(secret|match|line)"\],\s*(${LIST})\)$`,
);

/**
 * Returns the filter that `cel` describes. @throws Error for an unknown term: the change in a newer file needs
 * inspection
 */
export function readFilter(cel: string): Filter {
  let entropy: number | undefined;
  const allowlists: RawAllowlist[] = [];
  for (const term of termsOf(cel)) {
    // No request names the file that its text comes from. The tokenizer that this term needs is 1.6 MB of tables.
    if (term.includes('attributes[?"path"]') || term.startsWith('failsTokenEfficiency(')) continue;
    const bits = ENTROPY.exec(term)?.[1];
    if (bits === undefined) allowlists.push(listedIn(term));
    else entropy = Number(bits);
  }
  return { ...(entropy !== undefined && { entropy }), allowlists };
}

function listedIn(term: string): RawAllowlist {
  const [, kind, target, list = ''] = LISTED.exec(term) ?? [];
  const values = (list.match(new RegExp(STRING, 'g')) ?? []).map(valueOf);
  if (kind === 'containsAny' && target === 'secret') return { stopwords: values };
  if (kind !== 'matchesAny') throw new Error(`this term of a filter is not known: ${term.slice(0, 100)}`);
  return target === 'match' || target === 'line'
    ? { regexTarget: target, regexes: values }
    : { regexes: values };
}

const valueOf = (literal: string): string =>
  literal.endsWith('"""') ? literal.slice(literal.indexOf('"') + 3, -3) : (JSON.parse(literal) as string);

/** Returns the parts of `a || (b || c)`; parentheses around `&&` stay. */
function termsOf(cel: string): readonly string[] {
  const text = cel.trim();
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  const token = new RegExp(`${STRING}|[()]|\\|\\|`, 'g');
  for (const { 0: found, index } of text.matchAll(token)) {
    if (found === '(') depth += 1;
    if (found === ')') depth -= 1;
    if (found !== '||' || depth > 0) continue;
    parts.push(text.slice(start, index).trim());
    start = index + 2;
  }
  const last = text.slice(start).trim();
  if (parts.length > 0) return [...parts, last].flatMap(termsOf);
  return last.startsWith('(') && last.endsWith(')') && !last.includes('&&')
    ? termsOf(last.slice(1, -1))
    : [last];
}
