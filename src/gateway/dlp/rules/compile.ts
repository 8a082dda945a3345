import { secretGroupsOf } from './groups.ts';
import { translateRe2 } from './re2.ts';
import type { Allowlist, Rule, RuleSet } from './rule.ts';

/** Rules as they are used: expressions are compiled when a keyword of theirs is first seen. */

export interface CompiledRule {
  readonly id: string;
  readonly advisory?: true;
  readonly isLikely?: true;
  readonly detector?: Rule['detector'];
  readonly place?: Rule['place'];
  readonly homes?: readonly string[];
  readonly keywords: readonly string[];
  readonly runs?: Rule['runs'];
  /** Compiles all of it now. Throws `UnknownSyntax`, or a SyntaxError. */
  compile(): Expressions;
}

export interface Expressions {
  readonly rule: Rule;
  readonly name?: RegExp;
  /** The groups that may be the secret: of these, the first that is not empty. Without any, all of the match. */
  readonly secretGroups: readonly number[];
  /** With the flag g; with y where a match begins at a keyword. */
  readonly regex: RegExp;
  /** How far from a keyword a match can begin and end. */
  readonly before: number;
  readonly after: number;
  /** Whether no quantifier is without an end. */
  readonly isBounded: boolean;
  readonly allowlists: readonly CompiledAllowlist[];
}

export interface CompiledAllowlist {
  readonly list: Allowlist;
  readonly regexes: readonly RegExp[];
}

/** Most rules begin so. It adds nothing to what is found, and is most of the work. */
const IDLE_PREFIX = /^(\(\?i\))?\[\\w\.-\]\{0,50\}\?/;
/** The same inside the group that follows. An expression tried only at its keywords keeps it: it leads to other names there. */
const IDLE_INNER_PREFIX = /^((?:\(\?i\))?\(\?i:)\[\\w\.-\]\{0,50\}\?/;
/** Then comes a name that the keywords are the beginnings of, and what may stand behind it in an assignment. */
const NAMED =
  /^(?:\(\?i\))?\[\\w\.-\]\{0,50\}\?(?:\(\?i:\[\\w\.-\]\{0,50\}\?)?(\(\?:.*\))\(\?:\[ \\t\\w\.-\]\{0,20\}\)/;
const UNBOUNDED_REACH = 4096;
const NAMED_REACH = 512;
const MAX_BEFORE = 256;

/** Rules with the allow lists of their set. Nothing is compiled yet. */
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
    // `\b` looks at the character before.
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

/** What ends a secret in an assignment, a call, an address, a table and markup, also where the text is a string of JSON itself. */
export const ENDING_ANYWHERE = String.raw`(?:\\?['"\x60]|[\s;,:&<>)\]}|@]|\\[nrtu]|$)`;
/** What most expressions end with: gitleaks' and Betterleaks', and what scripts/dlp-rules.ts puts in its place. */
const ENDINGS = [
  String.raw`(?:[\x60'"\s;]|\\[nr]|$)`,
  String.raw`(?:\\?['"\x60]|[\s;]|\\[nr]|$)`,
  ENDING_ANYWHERE,
];

/** Whether every match begins with the keyword as it stands: `\b(doo_v1_[a-f0-9]{64})`. */
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

/** At least how long a match can be, from its quantifiers. */
function reachOf(regex: string): number {
  if (/[*+]|\{\d+,\}/.test(regex.replace(/\[[^\]]*\]|\\./g, ''))) return UNBOUNDED_REACH;
  let reach = regex.length;
  for (const [, least, most] of regex.matchAll(/\{(\d+)(?:,(\d+))?\}/g)) reach += Number(most ?? least);
  return reach;
}
