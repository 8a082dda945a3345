import type { CompiledAllowlist, CompiledRule, Expressions } from './compile.ts';
import { addHits, indexKeywords, type Hits, type KeywordIndex } from './keywords.ts';

/** Rules against a text: keywords first, expressions only round them. */

export interface PatternMatch {
  readonly rule: CompiledRule;
  readonly secret: string;
  /** Where the secret begins in the text. */
  readonly at: number;
}

/** What matches in a text; `final` when nothing comes after it. */
export type PatternScan = (text: Uint8Array, final: boolean) => readonly PatternMatch[];

/** In what is not text, shorter stretches that look like text are chance. */
const SHORTEST_TEXT = 12;
/** Variable names before the match, which allow lists for matches look at. */
const NAME_BEFORE = /[\w.-]{0,50}$/;

/** Builds the index of keywords at the first text. */
export function createPatternScan(rules: readonly CompiledRule[]): PatternScan {
  if (rules.length === 0) return () => [];
  let index: KeywordIndex | undefined;
  return (text, final) => {
    index ??= indexKeywords(rules);
    const hits: Hits = new Map();
    for (const [start, end] of texts(text)) addHits(index, text, { start, end, hits });
    for (const rule of index.always) hits.set(rule, [0]);
    return [...hits].flatMap(([rule, places]) => matchesOf(rule, { text, places, final }));
  };
}

/** The stretches of printable ASCII, long ones only. */
function* texts(text: Uint8Array): Generator<readonly [start: number, end: number]> {
  const { length } = text;
  for (let at = 0; at < length;) {
    let odd = Math.min(length, at + SHORTEST_TEXT) - 1;
    while (odd >= at && isPrintable(text[odd]!)) odd -= 1;
    if (odd >= at) {
      at = odd + 1;
      continue;
    }
    let end = at;
    while (end < length && isPrintable(text[end]!)) end += 1;
    yield [at, end];
    at = end;
  }
}

function isPrintable(byte: number): boolean {
  return byte > 0x1f ? byte !== 0x7f : byte === 9 || byte === 10 || byte === 13;
}

interface Places {
  readonly text: Uint8Array;
  readonly places: readonly number[];
  readonly final: boolean;
}

function matchesOf(rule: CompiledRule, { text, places, final }: Places): PatternMatch[] {
  const expressions = rule.compile();
  const found: PatternMatch[] = [];
  for (const [start, end] of windows(places, expressions, text.length)) {
    const part = Buffer.from(text.buffer, text.byteOffset + start, end - start).toString('latin1');
    for (const match of part.matchAll(expressions.regex)) {
      // At the end of what is known, the end of the text is not.
      if (match.index + match[0].length === part.length && !(final && end === text.length)) continue;
      const secret = secretOf(match, expressions.rule.secretGroup);
      if (!isMeant(expressions, { match, secret, part })) continue;
      found.push({ rule, secret, at: start + match.index + match[0].indexOf(secret) });
    }
  }
  return found;
}

/** The parts of the text round the places, joined where they overlap. */
function* windows(
  places: readonly number[],
  { before, after, rule }: Expressions,
  length: number,
): Generator<readonly [number, number]> {
  if (rule.keywords.length === 0) return yield [0, length];
  let start = -1;
  let end = -1;
  for (const place of places) {
    if (place - before > end) {
      if (start >= 0) yield [start, end];
      start = Math.max(0, place - before);
    }
    end = Math.min(length, place + after);
  }
  if (start >= 0) yield [start, end];
}

function secretOf(match: RegExpExecArray, group: number | undefined): string {
  if (group !== undefined && group > 0) return match[group] ?? '';
  return match.slice(1).find((text) => text !== undefined && text !== '') ?? match[0];
}

interface Candidate {
  readonly match: RegExpExecArray;
  readonly secret: string;
  readonly part: string;
}

function isMeant({ rule, allowlists }: Expressions, candidate: Candidate): boolean {
  const { secret } = candidate;
  if (secret === '' || (rule.entropy !== undefined && entropyOf(secret) <= rule.entropy)) return false;
  return !allowlists.some((allowlist) => isAllowed(allowlist, candidate));
}

function isAllowed({ list, regexes }: CompiledAllowlist, { match, secret, part }: Candidate): boolean {
  const target =
    list.target === undefined ? secret : list.target === 'match' ? named(match, part) : lineOf(match, part);
  const checks = [
    ...(regexes.length > 0 ? [regexes.some((regex) => regex.test(target))] : []),
    ...(list.stopwords ? [list.stopwords.some((word) => secret.toLowerCase().includes(word))] : []),
  ];
  return list.isConjunction ? checks.every(Boolean) : checks.some(Boolean);
}

/** The match with the rest of the name that it begins in. */
function named(match: RegExpExecArray, part: string): string {
  return (NAME_BEFORE.exec(part.slice(Math.max(0, match.index - 50), match.index))?.[0] ?? '') + match[0];
}

function lineOf(match: RegExpExecArray, part: string): string {
  const start = part.lastIndexOf('\n', match.index) + 1;
  const end = part.indexOf('\n', match.index + match[0].length);
  return part.slice(start, end === -1 ? undefined : end);
}

/** Shannon's, in bits per character. */
export function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}
