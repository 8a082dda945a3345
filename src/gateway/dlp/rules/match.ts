import { CHECKS } from './checks.ts';
import { entropyOf } from './entropy.ts';
import type { CompiledAllowlist, CompiledRule, Expressions } from './compile.ts';
import type { Allowlist } from './rule.ts';
import type { Stretch } from '../views/characters.ts';
import { addRuns, runsOf } from './runs.ts';
import { addHits, indexKeywords, type Hits, type KeywordIndex } from './keywords.ts';

/** Matches rules against a text: keywords first, then expressions only around them. */

export interface PatternMatch {
  readonly rule: CompiledRule;
  readonly secret: string;
  /** Place in the text where the secret begins. */
  readonly at: number;
  /** Place in the text where the whole match ends. */
  readonly end: number;
  /** The match ends with the text, and more bytes may follow: it is not a finding yet, but no byte of it may leave. */
  readonly isOpen?: true;
}

/** Returns the matches in the stretches of `text` that are text. `final`: nothing comes after it. */
export interface PatternScan {
  (text: Uint8Array, stretches: readonly Stretch[], final: boolean): readonly PatternMatch[];
  /** Whether some rules have neither keywords nor runs: these are tried also on bytes that are not text. */
  readonly wantsAll?: boolean;
  /** Whether there are no rules. */
  readonly isEmpty?: boolean;
}

/** Matches nothing. */
export const NO_RULES: PatternScan = Object.assign(() => [], { isEmpty: true });

/** The variable name before the match: `name`, and allow lists with the target `match`, check it too. */
const NAME_BEFORE = /[\w.-]{0,50}$/;

/** Returns a scan for `rules`. It builds the index of keywords at the first text. */
export function createPatternScan(rules: readonly CompiledRule[]): PatternScan {
  if (rules.length === 0) return NO_RULES;
  let index: KeywordIndex | undefined;
  const runs = runsOf(rules);
  const always = [...rules.keys()].filter(
    (place) => rules[place]?.keywords.length === 0 && rules[place]?.runs === undefined,
  );
  const scan: PatternScan = (text, stretches, final) => {
    index ??= indexKeywords(rules);
    const hits: Hits = new Map(always.map((place) => [place, [0]]));
    for (const { start, end } of stretches) {
      addHits(index, text, { start, end, hits });
      addRuns(runs, text, { start, end, hits });
    }
    if (hits.size === 0) return [];
    const latin1 = Buffer.from(text.buffer, text.byteOffset, text.length).toString('latin1');
    return [...hits].flatMap(([place, places]) => matchesOf(rules[place]!, { text: latin1, places, final }));
  };
  return Object.assign(scan, { wantsAll: always.length > 0 });
}

interface Places {
  /** One character per byte. */
  readonly text: string;
  readonly places: readonly number[];
  readonly final: boolean;
}

function matchesOf(rule: CompiledRule, { text, places, final }: Places): PatternMatch[] {
  const expressions = rule.compile();
  const found: PatternMatch[] = [];
  for (const { start, end, from } of windowsOf(places, expressions, text.length)) {
    const part = text.slice(start, end);
    for (const match of matchesIn(expressions.regex, part, from)) {
      // A match at the end of the part is open, unless the text is final and ends there too.
      const isOpen = match.index + match[0].length === part.length && !(final && end === text.length);
      if (isOpen && end < text.length) continue;
      const [from, secret] = secretOf(match, expressions.secretGroups);
      if (!isMeant(expressions, { match, secret, text, start })) continue;
      found.push({
        rule,
        secret,
        at: start + from,
        end: start + match.index + match[0].length,
        ...(isOpen && { isOpen }),
      });
    }
  }
  return found;
}

function matchesIn(regex: RegExp, part: string, from: number): Iterable<RegExpExecArray> {
  if (regex.global) return part.matchAll(regex);
  regex.lastIndex = from;
  const match = regex.exec(part);
  return match === null ? [] : [match];
}

interface Window {
  readonly start: number;
  end: number;
  /** Place in the window at which a sticky expression is tried. */
  readonly from: number;
}

/**
 * Returns the parts of the text around `places`. It joins parts that overlap, unless the expression is tried at its
 * places only.
 */
function windowsOf(
  places: readonly number[],
  { before, after, isBounded, regex, rule }: Expressions,
  length: number,
): readonly Window[] {
  if (rule.keywords.length === 0 && rule.runs === undefined) return [{ start: 0, end: length, from: 0 }];
  // A bounded expression needs no part: it stops by itself.
  if (regex.sticky && isBounded) return places.map((from) => ({ start: 0, end: length, from }));
  const windows = places.map((place): Window => {
    const start = Math.max(0, place - before);
    return { start, end: Math.min(length, place + after), from: place - start };
  });
  if (regex.sticky) return windows;
  const joined: Window[] = [];
  for (const window of windows) {
    const last = joined.at(-1);
    if (last !== undefined && window.start <= last.end) last.end = window.end;
    else joined.push(window);
  }
  return joined;
}

/** Returns the place of the secret in the searched part, and the secret. */
function secretOf(match: RegExpExecArray, groups: readonly number[]): readonly [at: number, secret: string] {
  const group = groups.find((number) => match[number] !== undefined && match[number] !== '') ?? 0;
  return [match.indices?.[group]?.[0] ?? match.index, match[group] ?? ''];
}

interface Candidate {
  readonly match: RegExpExecArray;
  readonly secret: string;
  readonly text: string;
  /** Place in the text where the searched part begins. */
  readonly start: number;
}

function isMeant({ rule, allowlists, name }: Expressions, candidate: Candidate): boolean {
  const { secret } = candidate;
  if (name !== undefined && !name.test(targetOf({ target: 'match' }, candidate))) return false;
  if (rule.check !== undefined && !CHECKS[rule.check](secret)) return false;
  if (secret === '' || (rule.entropy !== undefined && entropyOf(secret) <= rule.entropy)) return false;
  return !allowlists.some((allowlist) => isAllowed(allowlist, candidate));
}

function isAllowed({ list, regexes }: CompiledAllowlist, candidate: Candidate): boolean {
  const checks: (() => boolean)[] = [];
  if (list.stopwords)
    checks.push(() => list.stopwords?.some((word) => candidate.secret.toLowerCase().includes(word)) ?? false);
  if (regexes.length > 0) checks.push(() => regexes.some((regex) => regex.test(targetOf(list, candidate))));
  return list.isConjunction ? checks.every((holds) => holds()) : checks.some((holds) => holds());
}

function targetOf({ target }: Allowlist, { match, secret, text, start }: Candidate): string {
  if (target === undefined) return secret;
  const from = start + match.index;
  const to = from + match[0].length;
  if (target === 'match')
    return (NAME_BEFORE.exec(text.slice(Math.max(0, from - 50), from))?.[0] ?? '') + match[0];
  const end = text.indexOf('\n', to);
  return text.slice(text.lastIndexOf('\n', from) + 1, end === -1 ? undefined : end);
}
