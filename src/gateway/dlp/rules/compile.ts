import { secretGroupsOf } from './groups.ts';
import { translateRe2 } from './re2.ts';
import type { Allowlist, Rule, RuleSet } from './rule.ts';

/** Prepares rules for use. An expression is compiled when one of its keywords is first found. */

export interface CompiledRule {
  readonly id: string;
  readonly advisory?: true;
  readonly isLikely?: true;
  readonly detector?: Rule['detector'];
  readonly place?: Rule['place'];
  readonly homes?: readonly string[];
  readonly keywords: readonly string[];
  readonly runs?: Rule['runs'];
  /**
   * Compiles all expressions of the rule now.
   * @throws UnknownSyntax or SyntaxError for an expression that cannot be compiled
   */
  compile(): Expressions;
}

export interface Expressions {
  readonly rule: Rule;
  readonly name?: RegExp;
  /** The groups that may be the secret: the first that is not empty is. Without groups, the whole match is. */
  readonly secretGroups: readonly number[];
  /** Has the flag g, or the flag y if each match begins at a keyword. */
  readonly regex: RegExp;
  /** How many characters before and after a keyword a match can begin and end. */
  readonly before: number;
  readonly after: number;
  /** Whether each quantifier has an upper limit. */
  readonly isBounded: boolean;
  readonly allowlists: readonly CompiledAllowlist[];
}

export interface CompiledAllowlist {
  readonly list: Allowlist;
  readonly regexes: readonly RegExp[];
}

/** Most rules begin with this prefix. It adds nothing to the findings, and causes most of the work. */
const IDLE_PREFIX = /^(\(\?i\))?\[\\w\.-\]\{0,50\}\?/;
/**
 * The same prefix inside the group that follows. An expression that is tried only at its keywords keeps it, because
 * there it leads to other names.
 */
const IDLE_INNER_PREFIX = /^((?:\(\?i\))?\(\?i:)\[\\w\.-\]\{0,50\}\?/;
/** These prefixes, then a name that begins with each keyword, and what may follow the name in an assignment. */
const NAMED =
  /^(?:\(\?i\))?\[\\w\.-\]\{0,50\}\?(?:\(\?i:\[\\w\.-\]\{0,50\}\?)?(\(\?:.*\))\(\?:\[ \\t\\w\.-\]\{0,20\}\)/;
const UNBOUNDED_REACH = 4096;
const NAMED_REACH = 512;
const MAX_BEFORE = 256;

/** Returns the rules with the allow lists of their set. Compiles no expression yet. */
export function compileRules({ rules, allowlists }: RuleSet): CompiledRule[] {
  return rules.map((rule) => {
    let compiled: Expressions | undefined;
    return {
      id: rule.id,
      keywords: rule.keywords,
      ...(rule.runs && { runs: rule.runs }),
      ...(rule.advisory && { advisory: true }),
      ...(rule.isLikely && { isLikely: true }),
      ...(rule.detector && { detector: rule.detector }),
      ...(rule.place && { place: rule.place }),
      ...(rule.homes && { homes: rule.homes }),
      compile: () => (compiled ??= compileRule(rule, allowlists)),
    };
  });
}

function compileRule(rule: Rule, shared: readonly Allowlist[]): Expressions {
  const isNamed = beginsWithName(rule);
  const beginsAtKeyword = isNamed || rule.runs !== undefined || beginsWithLiteral(rule);
  const outer = rule.regex.replace(IDLE_PREFIX, '$1');
  const source = beginsAtKeyword ? outer : outer.replace(IDLE_INNER_PREFIX, '$1');
  const regex = new RegExp(translateRe2(source), beginsAtKeyword ? 'dy' : 'dg');
  const reach = reachOf(rule.regex);
  return {
    rule,
    ...(rule.name !== undefined && { name: new RegExp(translateRe2(rule.name)) }),
    secretGroups: rule.secretGroup ? [rule.secretGroup] : secretGroupsOf(rule.regex),
    regex,
    // `\b` checks the character before.
    before: beginsAtKeyword ? 1 : Math.min(reach, MAX_BEFORE),
    after: isNamed ? Math.min(reach, NAMED_REACH) : reach,
    isBounded: reach < UNBOUNDED_REACH,
    allowlists: [...(rule.allowlists ?? []), ...shared].map((list) => ({
      list,
      regexes: (list.regexes ?? []).map((source) => new RegExp(translateRe2(source))),
    })),
  };
}

function beginsWithName({ regex, keywords }: Rule): boolean {
  const name = NAMED.exec(regex)?.[1];
  if (name === undefined) return false;
  const beginning = new RegExp(`^${translateRe2(`(?i)${name}`)}`);
  return keywords.every((word) => beginning.test(word));
}

/** Ends a secret in an assignment, a call, an address, a table and markup, also if the text itself is a JSON string. */
export const ENDING_ANYWHERE = String.raw`(?:\\?['"\x60]|[\s;,:&<>)\]}|@]|\\[nrtu]|$)`;
/**
 * Endings of most expressions: gitleaks' and Betterleaks', and the one that scripts/dlp-rules.ts puts in their place.
 */
const ENDINGS = [
  String.raw`(?:[\x60'"\s;]|\\[nr]|$)`,
  String.raw`(?:\\?['"\x60]|[\s;]|\\[nr]|$)`,
  ENDING_ANYWHERE,
];

/** Whether every match begins with the literal keyword: `\b(doo_v1_[a-f0-9]{64})`. */
function beginsWithLiteral({ regex, keywords }: Rule): boolean {
  const body = ENDINGS.reduce((text, ending) => text.replace(ending, ''), regex).replace(
    /^(?:\(\?i\))?(?:\\b)?(?:\((?!\?))?/,
    '',
  );
  if (body.includes('|')) return false;
  const literal =
    /^(?:[\w-](?![?*{])|\\[.-](?![?*{]))+/.exec(body)?.[0].replaceAll('\\', '').toLowerCase() ?? '';
  return keywords.length > 0 && keywords.every((word) => literal.startsWith(word));
}

/** Estimates the longest match from the quantifiers, in characters; `UNBOUNDED_REACH` if one has no upper limit. */
function reachOf(regex: string): number {
  if (/[*+]|\{\d+,\}/.test(regex.replace(/\[[^\]]*\]|\\./g, ''))) return UNBOUNDED_REACH;
  let reach = regex.length;
  for (const [, least, most] of regex.matchAll(/\{(\d+)(?:,(\d+))?\}/g)) reach += Number(most ?? least);
  return reach;
}
