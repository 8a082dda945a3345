import type * as z from 'zod';
import type { KeyPath, YamlDocument } from '../text/document.ts';
import { descriptionAt, keyHomes, keysAllowedAt, wordsAllowedAt } from './json-schema.ts';
import { MOST_PROBLEMS, type Problem } from '../text/report.ts';
import { keyName, listed, nearest } from '../text/message-text.ts';

/** Turns the schema's issues into sentences with places in the text. */

type Issue = z.core.$ZodIssue;
type IssueOf<Code extends Issue['code']> = Extract<Issue, { code: Code }>;

/** Returns the problems of an issue; an issue about unknown keys becomes one problem per key. */
export function problemsOfIssue(document: YamlDocument, issue: Issue): Problem[] {
  const path = issue.path as KeyPath;
  const at = document.valuePlace(path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.slice(0, MOST_PROBLEMS + 1).map((key) => unknownKey(document, [...path, key]));
    case 'invalid_type':
      return [wrongType(document, path, [issue.expected])];
    case 'invalid_union':
      return unionProblems(document, issue);
    case 'invalid_value':
      return [wrongWord(document, path)];
    case 'invalid_key':
      return [{ at: document.keyPlace(path), what: `${keyName(path)}: ${issue.issues[0]?.message ?? ''}` }];
    case 'too_small':
      return [{ at, what: tooSmall(issue) }];
    case 'too_big':
      return [{ at, what: `${keyName(path)} is too large; at most ${issue.maximum}` }];
    case 'custom':
    case 'invalid_format':
    case 'invalid_element':
    case 'not_multiple_of':
      return [{ at, what: `${keyName(path)}: ${issue.message}`, ...hiding(path) }];
  }
}

/** Hides the text at a key that may contain a secret: errors end up in logs. */
const hiding = (path: KeyPath): Pick<Problem, 'hidesLine'> =>
  path.at(-1) === 'secret' ? { hidesLine: true } : {};

function unknownKey(document: YamlDocument, path: KeyPath): Problem {
  const key = String(path.at(-1));
  const parent = path.slice(0, -1);
  const keys = keysAllowedAt(parent);
  const hint = otherKey(key, keys);
  return {
    at: document.keyPlace(path),
    what: `unknown key \`${key}\` in ${keyName(parent)}`,
    expected: listed(keys),
    ...(hint === undefined ? {} : { hint }),
  };
}

/** Suggests a key of the same map with a similar name, or the place where the key belongs. */
function otherKey(key: string, siblings: readonly string[]): string | undefined {
  const sibling = nearest(key, siblings);
  if (sibling !== undefined) return `did you mean \`${sibling}\`?`;
  const homes = keyHomes();
  const stranger = nearest(key, homes.keys());
  if (stranger === undefined) return undefined;
  const home = homes.get(stranger);
  return `\`${stranger}\` belongs ${home === '' ? 'at the top of the manifest' : `in \`${home}\``}`;
}

function wrongType(document: YamlDocument, path: KeyPath, types: readonly string[]): Problem {
  const value = valueAt(document.data, path);
  const expected = types.map((type) => TYPES[type] ?? type).join(' or ');
  if (value === undefined) return missing(document, path, expected);
  const at = value === null ? document.keyPlace(path) : document.valuePlace(path);
  const hint = usualSlip(value, path, { types, written: at.source.text.slice(at.start, at.end) });
  return {
    at,
    what: `${keyName(path)} is ${kindOf(value)}`,
    expected,
    ...(hint === undefined ? {} : { hint }),
  };
}

function missing(document: YamlDocument, path: KeyPath, expected: string): Problem {
  const parent = path.slice(0, -1);
  const hint = descriptionAt(path);
  return {
    at: document.keyPlace(parent),
    what: `${keyName(parent)} has no \`${String(path.at(-1))}\``,
    expected,
    ...(hint === undefined ? {} : { hint }),
  };
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  object: 'a map: `key: value`',
  record: 'a map: `key: value`',
  array: 'a list: `[one, two]`',
  boolean: '`true` or `false`',
};

function kindOf(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  if (typeof value === 'number' && !Number.isFinite(value)) return 'no finite number';
  return typeof value === 'string' ? 'text' : `a ${typeof value}`;
}

/**
 * Hints for common mistakes: nothing after the colon, too many or too few quotes, a single value instead of a list, a
 * host instead of a rule.
 */
function usualSlip(value: unknown, path: KeyPath, { types, written }: Wanted): string | undefined {
  if (value === null) return 'leave the key out, or give it a value';
  const isText = typeof value === 'string';
  if (!isText && typeof value !== 'object' && types.includes('string'))
    return `in quotes it is text: "${written}"`;
  if (!isText) return undefined;
  if (types.includes('array')) return `as a list: [${value}]`;
  if (types.includes('object') && RULE_LISTS.has(path.at(-2))) return `as a rule: { host: ${value} }`;
  return /^[\d.]+$/.test(value) && types.includes('number') ? `without quotes: ${value}` : undefined;
}

interface Wanted {
  readonly types: readonly string[];
  /** The value as written in the file: `1.10` is the number 1.1. */
  readonly written: string;
}

const RULE_LISTS: ReadonlySet<unknown> = new Set(['allow', 'deny']);

/** Reports only the branch of a union that the value was meant for: the one with the value's type. */
function unionProblems(document: YamlDocument, issue: IssueOf<'invalid_union'>): Problem[] {
  const isText = typeof valueAt(document.data, issue.path as KeyPath) === 'string';
  const isOfOtherType = ({ code, path }: Issue): boolean =>
    path.length === 0 && (code === 'invalid_type' || (code === 'invalid_value' && !isText));
  const meant = issue.errors.find((branches) => !branches.some(isOfOtherType));
  if (meant !== undefined) {
    return meant.flatMap((branch) =>
      problemsOfIssue(document, { ...branch, path: [...issue.path, ...branch.path] }),
    );
  }
  const branches = issue.errors.flat();
  const isOneWord = typeof valueAt(document.data, issue.path as KeyPath) !== 'object';
  if (isOneWord && branches.some(({ code, path }) => code === 'invalid_value' && path.length === 0))
    return [wrongWord(document, issue.path as KeyPath)];
  const types = branches.flatMap((branch) => ('expected' in branch ? [branch.expected] : []));
  return [wrongType(document, issue.path as KeyPath, types)];
}

/** Other names of the same values. */
const SYNONYMS: Readonly<Record<string, string>> = {
  false: 'off',
  gvisor: 'runsc',
  bwrap: 'bubblewrap',
  docker: 'runc',
  podman: 'crun',
  container: 'shared-kernel',
};

function wrongWord(document: YamlDocument, path: KeyPath): Problem {
  const value = valueAt(document.data, path);
  const words = wordsAllowedAt(path);
  if (value === undefined) return missing(document, path, listed(words));
  const shown = typeof value === 'string' ? `\`${value.slice(0, 40)}\`` : kindOf(value);
  const said = value === false ? 'false' : value;
  const meant = typeof said === 'string' ? (nearest(said, words) ?? SYNONYMS[said]) : undefined;
  return {
    at: value === null ? document.keyPlace(path) : document.valuePlace(path),
    what: `${keyName(path)} cannot be ${shown}`,
    expected: listed(words),
    ...(meant !== undefined && words.includes(meant) ? { hint: `did you mean \`${meant}\`?` } : {}),
  };
}

function tooSmall(issue: IssueOf<'too_small'>): string {
  const name = keyName(issue.path as KeyPath);
  return issue.origin === 'array'
    ? `${name} is an empty list; leave the key out, or name at least one`
    : `${name} is too small; at least ${issue.minimum}`;
}

function valueAt(data: unknown, path: KeyPath): unknown {
  let value = data;
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Readonly<Record<string | number, unknown>>)[step];
  }
  return value;
}
